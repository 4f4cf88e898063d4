namespace Telematics.Vehicle.Tracks;

/// <summary>A file that is no track; the text says where and why.</summary>
internal sealed class TrackException(string message) : Exception(message);
