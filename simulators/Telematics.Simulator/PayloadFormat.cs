namespace Telematics.Simulator;

/// <summary>How cars write telemetry.</summary>
public enum PayloadFormat
{
    /// <summary>Flat JSON with VSS paths.</summary>
    Json,

    /// <summary><c>telemetry.v1.proto</c>.</summary>
    Protobuf,
}
