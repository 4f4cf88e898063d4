using System.Security.Cryptography;
using System.Text.Json;
using Telematics.Api.Problems;
using Telematics.Commands.Operations;
using Telematics.Contracts;

namespace Telematics.Api.Commands;

/// <summary>Reads a <see cref="CommandRequest"/>; what depends on its type is checked by the operations.</summary>
internal static class CommandBody
{
    /// <summary>The order, or every fault of the body's form.</summary>
    public static (CommandOrder? Order, ProblemResult? Problem) Read(RequestBody body, string actor, string? idempotencyKey)
    {
        var reader = new BodyReader(body.Root);
        var type = reader.GetText("type", CommandRequest.MaxTypeLength, isRequired: true);
        var parameters = reader.GetObject("parameters");
        var ttlSeconds = reader.GetInteger("ttlSeconds", 1, CommandRequest.MaxTtlSeconds);
        var target = reader.GetObject("target", isRequired: true);
        var errors = new List<FieldError>(reader.Finish());
        var commandTarget = target is { } element ? ReadTarget(element, errors) : null;
        return errors.Count > 0
            ? (null, ProblemResult.For(ProblemTypes.InvalidRequest, errors))
            : (new CommandOrder
            {
                Type = type!,
                Parameters = parameters ?? default,
                Target = commandTarget!,
                TtlSeconds = ttlSeconds,
                Actor = actor,
                IdempotencyKey = idempotencyKey,
                RequestHash = SHA256.HashData(body.Bytes),
            }, null);
    }

    private static CommandTarget ReadTarget(JsonElement element, List<FieldError> errors)
    {
        var reader = new BodyReader(element, "$.target");
        var all = reader.GetTrue("all");
        var ids = reader.GetTexts("vehicleIds", CommandRequest.MaxVehicles, "vehicle ids ([A-Za-z0-9_.:@-]{1,64})", id => VehicleId.IsValid(id));
        var found = reader.Finish();
        errors.AddRange(found);
        if (found.Count == 0 && all == (ids is not null))
        {
            errors.Add(FieldError.For("$.target", "either {\"all\":true} or {\"vehicleIds\":[…]}", element.GetRawText()));
        }

        return new CommandTarget(all, ids);
    }
}
