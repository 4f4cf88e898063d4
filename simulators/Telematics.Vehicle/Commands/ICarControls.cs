namespace Telematics.Vehicle.Commands;

/// <summary>What orders act on. A real car puts its own behind it; here the client itself is the car.</summary>
internal interface ICarControls
{
    /// <summary>Time between two samples; survives a restart.</summary>
    TimeSpan ReportingInterval { get; set; }

    /// <summary>Whether the doors are locked; survives a restart.</summary>
    bool IsLocked { get; set; }

    /// <summary>Greatest speed in km/h, or null; survives a restart.</summary>
    int? SpeedLimit { get; set; }

    /// <summary>The newest position, or null before there was one.</summary>
    CarPosition? Position { get; }
}

/// <summary>A position at a time.</summary>
internal sealed record CarPosition(double Latitude, double Longitude, DateTimeOffset Time);
