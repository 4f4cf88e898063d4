using System.Net.ServerSentEvents;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.OpenApi;
using Telematics.Api.Live;
using Telematics.Api.Parameters;
using Telematics.Api.Problems;
using Telematics.Api.Telemetry;
using Telematics.Api.Vehicles;

namespace Telematics.Api.Streams;

/// <summary>The live stream.</summary>
internal static class LiveEndpoints
{
    /// <summary>Name of the events.</summary>
    public const string EventType = "vehicles";

    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    // Under the minute after which proxies take a silent connection for dead.
    private static readonly TimeSpan KeepAlive = TimeSpan.FromSeconds(15);

    private static readonly TextParameter LastEventId = new(
        "Last-Event-ID", ParameterLocation.Header, "The id of the last event received (browsers send it by themselves): only what changed since comes first. One that cannot be used any more begins anew.", LiveToken.MaxLength);

    public static void MapLive(this IEndpointRouteBuilder api) =>
        api.MapGroup("/live").WithTags("Telemetry").MapGet("/", Stream)
            .WithName("streamLive")
            .WithSummary("Follow newest states")
            .WithDescription("Server-sent events (`text/event-stream`): first every matching vehicle, then about once a second those that changed: give `bbox` or `vehicleIds`. Every event is named `vehicles`; one with an id can be resumed from. What lay in between is history: read it from the vehicle's telemetry.")
            .WithParameters(VehicleParameters.BoundingBox, VehicleParameters.Ids, LastEventId)
            .WithProblems(ProblemTypes.TooManyStreams);

    private static Results<ServerSentEventsResult<LiveEventResponse>, ProblemResult> Stream(
        RequestReader request, LiveView live, LiveStreams streams, TimeProvider clock)
    {
        var box = request.Get(VehicleParameters.BoundingBox);
        var ids = request.Get(VehicleParameters.Ids);
        var lastEventId = request.Get(LastEventId);
        VehicleParameters.CheckBoxOrIds(request, box, ids);
        if (request.Problem is { } problem)
        {
            return problem;
        }

        if (streams.TryOpen(request.Context) is not { } stream)
        {
            return new ProblemResult(ProblemTypes.TooManyStreams, "All live streams are in use (Telematics:Api:MaxLiveStreams); try again later.");
        }

        request.Context.Response.RegisterForDispose(stream);
        var filter = box is { } rectangle ? LiveFilter.InBox(rectangle) : LiveFilter.OfVehicles(ids!);
        return TypedResults.ServerSentEvents(FollowAsync(live.Subscribe(filter, lastEventId, Interval), stream, clock));
    }

    private static async IAsyncEnumerable<SseItem<LiveEventResponse>> FollowAsync(LiveSubscription subscription, LiveStream stream, TimeProvider clock)
    {
        var sentAt = clock.GetTimestamp();
        while (await NextAsync(subscription, stream.Ended) is { } batch)
        {
            var isEmpty = !batch.IsReset && batch.Changed.Count == 0 && batch.Left.Count == 0;
            if (isEmpty && clock.GetElapsedTime(sentAt) < KeepAlive)
            {
                continue;
            }

            yield return new SseItem<LiveEventResponse>(
                new LiveEventResponse
                {
                    IsReset = batch.IsReset,
                    Changed = [.. batch.Changed.Select(vehicle => LatestResponse.From(vehicle))],
                    Left = [.. batch.Left],
                },
                EventType)
            {
                EventId = batch.Token,
            };
            sentAt = clock.GetTimestamp();
        }
    }

    private static async ValueTask<LiveBatch?> NextAsync(LiveSubscription subscription, CancellationToken ended)
    {
        try
        {
            return await subscription.NextAsync(KeepAlive, ended);
        }
        catch (OperationCanceledException) when (ended.IsCancellationRequested)
        {
            return null; // the answer ends here, whole
        }
    }
}
