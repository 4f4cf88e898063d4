namespace Telematics.Commands;

/// <summary>Codes that the server itself sets on executions; the car's own never begin with a dollar sign.</summary>
public static class ServerReasons
{
    /// <summary>No PUBACK in any of the attempts.</summary>
    public const string AttemptsExhausted = "$delivery.attemptsExhausted";

    /// <summary>The car answered PUBACK with a reason code of 0x80 or above; the message names it.</summary>
    public const string Refused = "$delivery.refused";

    /// <summary>No PUBACK in time; another attempt follows.</summary>
    public const string DeliveryTimeout = "$delivery.timeout";

    /// <summary>The gateway did not hold the car; another attempt follows.</summary>
    public const string NotHere = "$delivery.notHere";

    /// <summary>The car opened another connection; another attempt follows.</summary>
    public const string Reconnected = "$delivery.reconnected";

    /// <summary>The time to live passed before delivery.</summary>
    public const string Expired = "$timeToLive.passed";

    /// <summary>Delivered, and no result in time.</summary>
    public const string ExecutionTimeout = "$execution.timeout";

    /// <summary>A supervisor canceled the command.</summary>
    public const string Canceled = "$canceled";

    /// <summary>The vehicle was deleted.</summary>
    public const string VehicleDeleted = "$vehicle.deleted";
}
