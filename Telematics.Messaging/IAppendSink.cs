namespace Telematics.Messaging;

/// <summary>Takes outcomes of appends, many at a time, on a thread of the log: it must neither block nor throw.</summary>
public interface IAppendSink
{
    /// <summary>
    /// Outcomes in the order of their appends within one queue, except that abandoned ones may overtake those that are on their way. The span is valid during the call only. Every append
    /// that was <see cref="AppendAdmission.Taken"/> gets exactly one outcome.
    /// </summary>
    void OnOutcomes(ReadOnlySpan<AppendOutcome> outcomes);
}
