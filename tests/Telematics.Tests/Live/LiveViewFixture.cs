using System.Text;
using Microsoft.Extensions.Time.Testing;
using Telematics.Api.Live;
using Telematics.Contracts.Presence;
using Telematics.Contracts.Telemetry;

namespace Telematics.Tests.Live;

/// <summary>A live view over a state that a test changes by hand.</summary>
internal sealed class LiveViewFixture
{
    public const long Noon = 1_764_000_000_000_000;

    private long _offset;

    public LiveViewFixture(bool autoRegister = true, long registry = 0)
    {
        View = new LiveView(Clock);
        State = new LiveState("log-1", new LivePositions([0, 0], [0, 0], registry), autoRegister);
        View.Replace(State);
    }

    public FakeTimeProvider Clock { get; } = new(DateTimeOffset.UnixEpoch.AddDays(20_000));

    public LiveView View { get; }

    public LiveState State { get; private set; }

    public void Register(params string[] vehicleIds)
    {
        foreach (var vehicleId in vehicleIds)
        {
            State.SetRegistered(Encoding.ASCII.GetBytes(vehicleId), isRegistered: true);
        }
    }

    public void ChangeRegistry(string vehicleId, bool isRegistered) =>
        State.ApplyRegistryChange(State.Positions.Registry + 1, Encoding.ASCII.GetBytes(vehicleId), isRegistered);

    public void Report(string vehicleId, double latitude, double longitude, long time = Noon, long? storedAt = null, double speed = 50)
    {
        var values = SignalValues.None;
        values[SignalCatalogue.Latitude] = latitude;
        values[SignalCatalogue.Longitude] = longitude;
        values[SignalCatalogue.Speed] = speed;
        Apply(vehicleId, time, storedAt ?? time, values);
    }

    public void Apply(string vehicleId, long time, long storedAt, SignalValues values)
    {
        var sample = new LiveSample { Time = time, StoredAt = storedAt, QueueIndex = 1, Offset = _offset, Values = values };
        State.Apply(Encoding.ASCII.GetBytes(vehicleId), in sample);
        State.Positions.Telemetry[1] = ++_offset;
    }

    public void Event(VehicleEventType type, string? clientId, string? channelId, string instance = "gw-1")
    {
        State.Apply(new VehicleEvent { EventType = type, ClientId = clientId, ChannelId = channelId, Instance = instance, IsVehicle = true, Time = 0 }, queue: 0, _offset);
        State.Positions.Events[0] = ++_offset;
    }

    public void Reload()
    {
        State = new LiveState("log-1", new LivePositions([0, _offset], [_offset, 0], State.Positions.Registry), autoRegister: true);
        View.Replace(State);
    }

    public string[] InBox(double west, double south, double east, double north) =>
        [.. View.GetInBox(new GeoBox(west, south, east, north), 100, out _).Select(vehicle => vehicle.VehicleId).Order(StringComparer.Ordinal)];
}
