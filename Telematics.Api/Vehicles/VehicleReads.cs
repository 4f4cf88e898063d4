using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Telematics.Storage;
using Telematics.Storage.Model;

namespace Telematics.Api.Vehicles;

/// <summary>Vehicles as the API shows them: registry and newest connection together.</summary>
internal sealed class VehicleReads(ITelematicsDatabase database)
{
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

    private static VehicleResponse Describe(Vehicle vehicle, VehicleConnection? connection, DateTime? instanceEndedAt) => new()
    {
        VehicleId = vehicle.VehicleId,
        Name = vehicle.Name,
        Vin = vehicle.Vin,
        Brand = vehicle.Brand,
        Model = vehicle.Model,
        Attributes = vehicle.Attributes is null ? null : JsonSerializer.Deserialize(vehicle.Attributes, ApiJson.Default.DictionaryStringString),
        CreatedAt = vehicle.CreatedAt,
        UpdatedAt = vehicle.UpdatedAt,
        Connection = connection is { IsOpen: true } && instanceEndedAt is null ? ConnectionState.Online : ConnectionState.Offline,
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
