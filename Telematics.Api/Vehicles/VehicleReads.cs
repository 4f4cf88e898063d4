using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Telematics.Api.Live;
using Telematics.Contracts;
using Telematics.Contracts.Telemetry;
using Telematics.Storage;
using Telematics.Storage.Model;
using Telematics.Storage.Registry;

namespace Telematics.Api.Vehicles;

/// <summary>Vehicles as the API shows them: registry, newest connection and live view together.</summary>
internal sealed class VehicleReads(ITelematicsDatabase database, VehicleRegistry registry, LiveView live)
{
    // A filter by text that matches few of the online vehicles reads at most so many; the page is then short.
    private const int MaxScanned = 5_000;
    private const int ScanPage = 1_000;

    /// <summary>A page of registered vehicles after an id, and the id where the next one begins; null at the end.</summary>
    public async Task<(IReadOnlyList<VehicleResponse> Vehicles, string? Next)> ListAsync(
        ConnectionState? state, string? query, string? after, int limit, CancellationToken cancellationToken)
    {
        var (vehicles, next) = (state, query) switch
        {
            (null, _) => await ListAllAsync(query, after, limit, cancellationToken),
            (_, null) => await ListConnectedAsync(state.Value, after, limit, cancellationToken),
            _ => await ScanAsync(state.Value, query, after, limit, cancellationToken),
        };
        return (await DescribeAsync(vehicles, cancellationToken), next);
    }

    /// <summary>The vehicles in the given order.</summary>
    public async Task<IReadOnlyList<VehicleResponse>> DescribeAsync(IReadOnlyList<Vehicle> vehicles, CancellationToken cancellationToken)
    {
        var ids = vehicles.Select(vehicle => vehicle.VehicleId).ToArray();
        await using var db = database.CreateReader();
        var connections = await (
            from connection in db.VehicleConnections
            where ids.Contains(connection.ClientId)
            join instance in db.GatewayInstances on connection.Instance equals instance.Instance into instances
            from instance in instances.DefaultIfEmpty()
            select new { Connection = connection, EndedAt = instance == null ? null : instance.EndedAt })
            .ToDictionaryAsync(row => row.Connection.ClientId, StringComparer.Ordinal, cancellationToken);
        return [.. vehicles.Select(vehicle => connections.TryGetValue(vehicle.VehicleId, out var row)
            ? Describe(vehicle, row.Connection, row.EndedAt)
            : Describe(vehicle, null, null))];
    }

    private async Task<(IReadOnlyList<Vehicle> Vehicles, string? Next)> ListAllAsync(string? query, string? after, int limit, CancellationToken cancellationToken)
    {
        var vehicles = await registry.ListAsync(query, after, limit + 1, cancellationToken);
        return vehicles.Count <= limit ? (vehicles, null) : ([.. vehicles.Take(limit)], vehicles[limit - 1].VehicleId);
    }

    // Who is online is asked of the live view, which has the ids in order; the registry adds what people say of them.
    private async Task<(IReadOnlyList<Vehicle> Vehicles, string? Next)> ListConnectedAsync(ConnectionState state, string? after, int limit, CancellationToken cancellationToken)
    {
        var connected = live.List(state == ConnectionState.Online, after, limit + 1);
        var ids = connected.Take(limit).Select(vehicle => vehicle.VehicleId).ToList();
        await using var db = database.CreateReader();
        var found = await VehicleRegistry.FindAsync(db, ids, cancellationToken);
        return ([.. found.Where(vehicle => vehicle.DeletedAt is null).OrderBy(vehicle => vehicle.VehicleId, StringComparer.Ordinal)], connected.Count > limit ? ids[^1] : null);
    }

    private async Task<(IReadOnlyList<Vehicle> Vehicles, string? Next)> ScanAsync(
        ConnectionState state, string query, string? after, int limit, CancellationToken cancellationToken)
    {
        var matching = new List<Vehicle>();
        for (var scanned = 0; scanned < MaxScanned; scanned += ScanPage)
        {
            var page = await registry.ListAsync(query, after, ScanPage, cancellationToken);
            foreach (var vehicle in page)
            {
                after = vehicle.VehicleId;
                if (live.IsOnline(vehicle.VehicleId) == (state == ConnectionState.Online))
                {
                    matching.Add(vehicle);
                    if (matching.Count == limit)
                    {
                        return (matching, after);
                    }
                }
            }

            if (page.Count < ScanPage)
            {
                return (matching, null);
            }
        }

        return (matching, after);
    }

    private VehicleResponse Describe(Vehicle vehicle, VehicleConnection? connection, DateTime? instanceEndedAt)
    {
        LiveVehicle newest = default;
        var isInView = live.IsReady && live.TryGet(vehicle.VehicleId, out newest);
        var isOnline = isInView ? newest.IsOnline : connection is { IsOpen: true } && instanceEndedAt is null;
        return FromRows(vehicle, connection, instanceEndedAt) with
        {
            Connection = isOnline ? ConnectionState.Online : ConnectionState.Offline,
            LatestTime = isInView && newest.HasState ? UnixTime.ToDateTime(TelemetryAcceptance.EffectiveTime(newest.Time, newest.StoredAt)) : null,
        };
    }

    // A vehicle that was put a moment ago has the clock's ticks; the database keeps microseconds.
    private static DateTime AsStored(DateTime time) => UnixTime.ToDateTime(UnixTime.ToMicroseconds(time));

    private static VehicleResponse FromRows(Vehicle vehicle, VehicleConnection? connection, DateTime? instanceEndedAt) => new()
    {
        VehicleId = vehicle.VehicleId,
        Name = vehicle.Name,
        Vin = vehicle.Vin,
        Brand = vehicle.Brand,
        Model = vehicle.Model,
        Attributes = vehicle.Attributes is null ? null : JsonSerializer.Deserialize(vehicle.Attributes, ApiJson.Default.DictionaryStringString),
        CreatedAt = AsStored(vehicle.CreatedAt),
        UpdatedAt = AsStored(vehicle.UpdatedAt),
        Connection = ConnectionState.Offline,
        ConnectionDetails = connection is null ? null : new ConnectionDetails
        {
            ChannelId = connection.ChannelId,
            GatewayInstance = connection.Instance,
            Address = connection.Address,
            ProtocolVersion = connection.ProtocolVersion,
            ConnectedAt = connection.ConnectedAt,
            ClosedAt = connection.IsOpen ? instanceEndedAt : connection.ClosedAt,
            CloseReason = connection.IsOpen && instanceEndedAt is not null ? "gatewayEnded" : connection.CloseReason,
        },
    };
}
