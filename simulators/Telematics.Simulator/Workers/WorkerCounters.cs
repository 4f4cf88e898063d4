using Telematics.Simulator.Cars;

namespace Telematics.Simulator.Workers;

/// <summary>One worker's counters: written by its thread alone, read by others, each number for itself.</summary>
internal sealed class WorkerCounters
{
    public long Connected;
    public long Connecting;
    public long Away;
    public long EverConnected;
    public long Connects;
    public long ConnectFailures;
    public long ConnectionsLost;
    public long TelemetrySent;
    public long SamplesSent;
    public long ResultsSent;
    public long Acknowledged;
    public long Refused;
    public long Resent;
    public long SamplesGivenUp;
    public long CommandsReceived;
    public long CommandsRepeated;
    public long CommandsSucceeded;
    public long CommandsRejected;
    public long CommandsUnreadable;
    public long CarsThatObeyed;
    public long ProtocolErrors;
    public volatile CarProblem? LastProblem;

    public FleetCounters AddTo(FleetCounters sum, FleetOptions options)
    {
        // Acknowledgements first: a reader must not see more of them than of what they answer.
        var acknowledged = Volatile.Read(ref Acknowledged);
        var refused = Volatile.Read(ref Refused);
        var telemetry = Volatile.Read(ref TelemetrySent);
        return sum with
        {
            Connected = sum.Connected + Volatile.Read(ref Connected),
            Connecting = sum.Connecting + Volatile.Read(ref Connecting),
            Away = sum.Away + Volatile.Read(ref Away),
            EverConnected = sum.EverConnected + Volatile.Read(ref EverConnected),
            Connects = sum.Connects + Volatile.Read(ref Connects),
            ConnectFailures = sum.ConnectFailures + Volatile.Read(ref ConnectFailures),
            ConnectionsLost = sum.ConnectionsLost + Volatile.Read(ref ConnectionsLost),
            Sent = sum.Sent + telemetry + Volatile.Read(ref ResultsSent),
            TelemetrySent = sum.TelemetrySent + telemetry,
            SamplesSent = sum.SamplesSent + Volatile.Read(ref SamplesSent),
            Acknowledged = sum.Acknowledged + acknowledged,
            Refused = sum.Refused + refused,
            Resent = sum.Resent + Volatile.Read(ref Resent),
            SamplesGivenUp = sum.SamplesGivenUp + Volatile.Read(ref SamplesGivenUp),
            CommandsReceived = sum.CommandsReceived + Volatile.Read(ref CommandsReceived),
            CommandsRepeated = sum.CommandsRepeated + Volatile.Read(ref CommandsRepeated),
            CommandsSucceeded = sum.CommandsSucceeded + Volatile.Read(ref CommandsSucceeded),
            CommandsRejected = sum.CommandsRejected + Volatile.Read(ref CommandsRejected),
            CommandsUnreadable = sum.CommandsUnreadable + Volatile.Read(ref CommandsUnreadable),
            CarsThatObeyed = sum.CarsThatObeyed + Volatile.Read(ref CarsThatObeyed),
            ProtocolErrors = sum.ProtocolErrors + Volatile.Read(ref ProtocolErrors),
            LastProblem = LastProblem is { } problem ? $"{options.VehicleIdOf(problem.Number)}: {problem.What}: {problem.Why}" : sum.LastProblem,
        };
    }
}
