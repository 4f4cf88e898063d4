using System.Globalization;
using Microsoft.AspNetCore.Http.HttpResults;
using Telematics.Api.Parameters;
using Telematics.Api.Problems;
using Telematics.Storage;

namespace Telematics.Api.Telemetry;

/// <summary>What was not accepted: kept, with its reason, where an operator sees it.</summary>
internal static class RejectedEndpoints
{
    // Bodies are up to 64 KiB; a page of many large ones is cut short.
    private const int MaxPagePayload = 1024 * 1024;
    private const int Chunk = 20;
    private const string Filter = "rejected";

    public static void MapRejected(this IEndpointRouteBuilder api) =>
        api.MapGroup("/telemetry").WithTags("Telemetry").MapGet("/rejected", ListAsync)
            .WithName("listRejected")
            .WithSummary("List rejected messages")
            .WithDescription("Messages and samples that could not be accepted, newest first, with reason and body. A page ends early when its bodies reach 1 MiB.")
            .WithParameters(CommonParameters.Limit, CommonParameters.Cursor)
            .WithProblems(ProblemTypes.InvalidCursor);

    private static async Task<Results<Ok<PageResponse<RejectedResponse>>, ProblemResult>> ListAsync(
        RequestReader request, RejectedMessages rejected, CancellationToken cancellationToken)
    {
        var limit = request.Get(CommonParameters.Limit);
        var cursor = request.Get(CommonParameters.Cursor);
        string? position = null;
        if ((request.Problem ?? Cursor.TryRead(cursor, Filter, out position)) is { } problem)
        {
            return problem;
        }

        var before = long.MaxValue;
        if (position is not null && !long.TryParse(position, NumberStyles.None, CultureInfo.InvariantCulture, out before))
        {
            return Cursor.Invalid(cursor!);
        }

        var items = new List<RejectedResponse>();
        var payload = 0;
        while (true)
        {
            var page = await rejected.ListAsync(vehicleId: null, reason: null, before, Chunk, cancellationToken);
            foreach (var message in page)
            {
                if (items.Count == limit || payload >= MaxPagePayload)
                {
                    return TypedResults.Ok(new PageResponse<RejectedResponse>(items, Cursor.Create(Filter, before.ToString(CultureInfo.InvariantCulture))));
                }

                items.Add(RejectedResponse.From(message));
                before = message.Id;
                payload += message.Payload.Length;
            }

            if (page.Count < Chunk)
            {
                return TypedResults.Ok(new PageResponse<RejectedResponse>(items, null));
            }
        }
    }
}
