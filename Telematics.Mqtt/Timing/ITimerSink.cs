namespace Telematics.Mqtt.Timing;

/// <summary>Takes the entries of a <see cref="TimingWheel{TState}"/> that are due.</summary>
public interface ITimerSink<TState>
{
    /// <summary>
    /// An entry is due; its handle is already dead. The sink may add, cancel and reschedule entries.
    /// </summary>
    void OnDue(TimerHandle handle, TState state);
}
