namespace Telematics.Gateway;

/// <summary>What becomes of an MQTT topic whose first level nobody declared.</summary>
public enum UndeclaredTopics
{
    /// <summary>Publishes and subscriptions are refused.</summary>
    Refuse,

    /// <summary>It goes whole into one catch-all exchange topic, so that any MQTT application works unchanged.</summary>
    Exchange,
}
