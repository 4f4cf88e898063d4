using Telematics.Vehicle.Commands;
using Telematics.Vehicle.Outbox;

namespace Telematics.Vehicle;

/// <summary>The car that the client plays: what orders set, kept in the client's file.</summary>
internal sealed class Car(VehicleDatabase database, TimeSpan defaultInterval) : ICarControls
{
    private CarPosition? _position;

    /// <summary>Set when the interval changes.</summary>
    public Wake IntervalChanged { get; } = new();

    /// <inheritdoc/>
    public TimeSpan ReportingInterval
    {
        get => Get("reportingInterval") is { } seconds ? TimeSpan.FromSeconds(seconds) : defaultInterval;
        set
        {
            Set("reportingInterval", (long)value.TotalSeconds);
            IntervalChanged.Set();
        }
    }

    /// <inheritdoc/>
    public bool IsLocked
    {
        get => Get("isLocked") is 1;
        set => Set("isLocked", value ? 1 : 0);
    }

    /// <inheritdoc/>
    public int? SpeedLimit
    {
        get => (int?)Get("speedLimit");
        set => Set("speedLimit", value);
    }

    /// <inheritdoc/>
    public CarPosition? Position
    {
        get => Volatile.Read(ref _position);
        set => Volatile.Write(ref _position, value);
    }

    private long? Get(string name)
    {
        lock (database.Lock)
        {
            using var command = database.Command("SELECT value FROM setting WHERE name = $1", name);
            return command.ExecuteScalar() as long?;
        }
    }

    private void Set(string name, long? value)
    {
        lock (database.Lock)
        {
            database.Execute("DELETE FROM setting WHERE name = $1", name);
            if (value is not null)
            {
                database.Execute("INSERT INTO setting (name, value) VALUES ($1, $2)", name, value);
            }
        }
    }
}
