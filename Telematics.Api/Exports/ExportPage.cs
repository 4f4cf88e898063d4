using Telematics.Storage;

namespace Telematics.Api.Exports;

/// <summary>Some samples of one vehicle, in the order of their device time; at least one.</summary>
internal sealed record ExportPage(string VehicleId, IReadOnlyList<HistorySample> Samples);
