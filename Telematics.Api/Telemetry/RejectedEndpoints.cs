using System.Globalization;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;
using Telematics.Api.Parameters;
using Telematics.Api.Problems;
using Telematics.Storage;

namespace Telematics.Api.Telemetry;

/// <summary>What was not accepted: kept, with its reason, where an operator sees it.</summary>
internal static class RejectedEndpoints
{
    // Bodies are up to 64 KiB; a page of many large ones is cut short.
    private const int MaxPagePayload = 1024 * 1024;
    private const string Filter = "rejected";

    public static void MapRejected(this IEndpointRouteBuilder api) =>
        api.MapGroup("/telemetry").WithTags("Telemetry").MapGet("/rejected", ListAsync)
            .WithName("listRejected")
            .WithSummary("List rejected messages")
            .WithDescription("Messages and samples that could not be accepted, newest first, with reason and body. A page ends early when its bodies reach 1 MiB.")
            .WithParameters(CommonParameters.Limit, CommonParameters.Cursor)
            .WithProblems(ProblemTypes.InvalidCursor);

    private static async Task<Results<Ok<PageResponse<RejectedResponse>>, ProblemResult>> ListAsync(
        RequestReader request, ITelematicsDatabase database, CancellationToken cancellationToken)
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
        string? next = null;
        await using var db = database.CreateReader();
        var rows = db.RejectedMessages.Where(message => message.Id < before).OrderByDescending(message => message.Id).Take(limit + 1).AsAsyncEnumerable();
        await foreach (var message in rows.WithCancellation(cancellationToken))
        {
            if (items.Count == limit || payload >= MaxPagePayload)
            {
                next = Cursor.Create(Filter, items[^1].Id.ToString(CultureInfo.InvariantCulture));
                break;
            }

            items.Add(RejectedResponse.From(message));
            payload += message.Payload.Length;
        }

        return TypedResults.Ok(new PageResponse<RejectedResponse>(items, next));
    }
}
