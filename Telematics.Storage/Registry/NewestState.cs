using Telematics.Contracts.Telemetry;

namespace Telematics.Storage.Registry;

/// <summary>The newest state of a vehicle that is deleted.</summary>
internal static class NewestState
{
    private static readonly string Forget =
        $"""
        UPDATE vehicle_latest SET time = NULL, stored_at = NULL, effective_time = NULL, queue_index = NULL, queue_offset = NULL,
            {string.Join(", ", SignalCatalogue.Signals.Select(signal => $"{signal.Column} = NULL"))}, other = NULL
        WHERE vehicle_key = @vehicle
        """;

    /// <summary>
    /// Forgets it, so that a vehicle that is put back has none before it reports. The duplicate counters of the row stay:
    /// what was stored before the deletion is still recognised when the car sends it again.
    /// </summary>
    public static async Task ForgetAsync(WriteSession session, long vehicleKey, CancellationToken cancellationToken)
    {
        await using var update = session.CreateCommand(Forget);
        update.AddParameter("@vehicle", vehicleKey);
        await update.ExecuteNonQueryAsync(cancellationToken);
    }
}
