using System.Text.Json;
using Telematics.Commands.Catalogue;
using Telematics.Contracts;

namespace Telematics.Commands.Operations;

/// <summary>What an order must be like; every error names field, limit and value.</summary>
internal static class CommandOrderRules
{
    private const int MaxKey = 255;

    /// <summary>Checks an order of a known type.</summary>
    public static List<CommandError> Check(CommandOrder order, CommandType type, JsonElement parameters, int maxTargets)
    {
        var errors = new List<CommandError>(type.Validate(parameters));
        CheckTarget(order.Target, maxTargets, errors);
        if (order.TtlSeconds is { } ttl && (ttl < 1 || ttl > (long)type.MaxTimeToLive.TotalSeconds))
        {
            errors.Add(new CommandError("ttlSeconds", $"ttlSeconds must be 1 to {(long)type.MaxTimeToLive.TotalSeconds} for {type.Name}; it is {ttl}."));
        }

        if (order.IdempotencyKey is { } key && (key.Length is 0 or > MaxKey || key.Any(char.IsControl)))
        {
            errors.Add(new CommandError("Idempotency-Key", $"Idempotency-Key must have 1 to {MaxKey} characters, none of them a control character; it has {key.Length}."));
        }

        return errors;
    }

    private static void CheckTarget(CommandTarget target, int maxTargets, List<CommandError> errors)
    {
        if (target.All == target.VehicleIds is not null)
        {
            errors.Add(new CommandError("target", "target must have either all = true or vehicleIds."));
        }
        else if (target.VehicleIds is { } ids)
        {
            var count = ids.Distinct(StringComparer.Ordinal).Count();
            if (count == 0 || count > maxTargets)
            {
                errors.Add(new CommandError("target.vehicleIds", $"target.vehicleIds must name 1 to {maxTargets} vehicles; it names {count}."));
            }
            else if (ids.FirstOrDefault(id => !VehicleId.IsValid(id)) is { } wrong)
            {
                errors.Add(new CommandError("target.vehicleIds", $"target.vehicleIds has '{(wrong.Length <= 80 ? wrong : wrong[..80] + "…")}'; a vehicle id is 1 to {VehicleId.MaxLength} of [A-Za-z0-9_.:@-]."));
            }
        }
    }
}
