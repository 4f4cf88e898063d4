namespace Telematics.Commands.Executions;

/// <summary>What can happen to an execution.</summary>
internal enum ExecutionSignal
{
    /// <summary>Its turn has come: no earlier directed order of the vehicle is undelivered.</summary>
    Released,

    /// <summary>Claimed for an attempt; the append follows.</summary>
    Claimed,

    /// <summary>A gateway wrote it to the car's connection.</summary>
    SentByGateway,

    /// <summary>PUBACK.</summary>
    DeliveredByGateway,

    /// <summary>PUBACK with a reason code of 0x80 or above.</summary>
    RefusedByCar,

    /// <summary>The gateway that it went to does not hold the car.</summary>
    NotHere,

    /// <summary>A gateway withdrew it before it was written.</summary>
    Withdrawn,

    /// <summary>The car opened another channel while it was on its way.</summary>
    Reconnected,

    /// <summary>No receipt in time, and another attempt may follow.</summary>
    DeliveryTimedOut,

    /// <summary>No receipt in time, and it was the last attempt.</summary>
    AttemptsExhausted,

    /// <summary>The time to live has passed.</summary>
    TimeToLivePassed,

    /// <summary>Delivered, and no word of the car in time.</summary>
    ExecutionTimedOut,

    /// <summary>Its command is canceled, and what was appended can be waited for no longer.</summary>
    Canceled,

    /// <summary>Its vehicle was deleted.</summary>
    VehicleDeleted,

    /// <summary>The car says: taken.</summary>
    ResultAccepted,

    /// <summary>The car says: at it.</summary>
    ResultInProgress,

    /// <summary>The car says: done.</summary>
    ResultSucceeded,

    /// <summary>The car says: tried, and not done.</summary>
    ResultFailed,

    /// <summary>The car says: refused.</summary>
    ResultRejected,
}
