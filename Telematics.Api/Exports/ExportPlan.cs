using Telematics.Contracts.Telemetry;

namespace Telematics.Api.Exports;

/// <summary>What one export answers.</summary>
/// <param name="Format">In which form.</param>
/// <param name="Vehicles">One after the other, in this order.</param>
/// <param name="From">First device time, microseconds since 1970-01-01 UTC.</param>
/// <param name="To">Device time behind the last one, microseconds since 1970-01-01 UTC.</param>
/// <param name="Signals">One column each, in this order.</param>
/// <param name="WithOther">Whether the signals without columns are a last column, as JSON.</param>
internal sealed record ExportPlan(ExportFormat Format, IReadOnlyList<ExportVehicle> Vehicles, long From, long To, IReadOnlyList<Signal> Signals, bool WithOther);

/// <summary>One vehicle of an export.</summary>
/// <param name="VehicleId">As the caller knows it.</param>
/// <param name="Key">As the database knows it.</param>
/// <param name="RegisteredAt">Since when it is registered: another time when it was deleted and put back.</param>
internal readonly record struct ExportVehicle(string VehicleId, long Key, DateTime RegisteredAt);
