using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Telematics.Api.Live;
using Telematics.Contracts;
using Telematics.Contracts.Presence;
using Telematics.Contracts.Telemetry;
using Xunit;

namespace Telematics.IntegrationTests.Api;

/// <summary>Puts states into a server's live view as if they had been read from the log.</summary>
internal sealed class LiveSeed
{
    public static readonly DateTime Start = new(2026, 1, 31, 8, 0, 0, DateTimeKind.Utc);

    private readonly LiveView _view;
    private long _offset;

    public LiveSeed(ApiServer server)
    {
        _view = server.Services.GetRequiredService<LiveView>();
        _view.Replace(new LiveState("test-log", new LivePositions([0], [0], 0), autoRegister: true));
        _view.SetReady();
    }

    public void Register(string vehicleId) => Use(state => state.SetRegistered(Encoding.UTF8.GetBytes(vehicleId), isRegistered: true));

    public void Delete(string vehicleId) => Use(state => state.SetRegistered(Encoding.UTF8.GetBytes(vehicleId), isRegistered: false));

    public void Connect(string vehicleId) => Use(state =>
    {
        var offset = _offset++;
        state.Apply(
            new VehicleEvent { EventType = VehicleEventType.Connect, ClientId = vehicleId, ChannelId = $"channel-{offset}", Instance = "gw-000000000001", IsVehicle = true, Time = 0 }, 0, offset);
        state.Positions.Events[0] = offset + 1;
    });

    public void Report(string vehicleId, double latitude, double longitude, double speed = 50) => Use(state =>
    {
        var offset = _offset++;
        var values = SignalValues.None;
        values[SignalCatalogue.Latitude] = latitude;
        values[SignalCatalogue.Longitude] = longitude;
        values[SignalCatalogue.Speed] = speed;
        values[SignalCatalogue.ByPath["Vehicle.IsMoving"].Index] = 1;
        values[SignalCatalogue.ByPath["Vehicle.LowVoltageSystemState"].Index] = 4;
        var time = UnixTime.ToMicroseconds(Start.AddSeconds(offset));
        var sample = new LiveSample { Time = time, StoredAt = time + 1_000_000, QueueIndex = 0, Offset = offset, Values = values };
        state.Apply(Encoding.UTF8.GetBytes(vehicleId), in sample);
        state.Positions.Telemetry[0] = offset + 1;
    });

    private void Use(Action<LiveState> use) => Assert.True(_view.TryUse(use, static (state, action) => action(state)));
}
