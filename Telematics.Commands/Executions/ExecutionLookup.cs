using Microsoft.EntityFrameworkCore;
using Telematics.Storage;
using Telematics.Storage.Model;
using Telematics.Storage.Registry;

namespace Telematics.Commands.Executions;

/// <summary>Finds the executions that messages of gateways and cars are about, many at once, in the caller's transaction.</summary>
internal sealed class ExecutionLookup
{
    private const int Chunk = 500;
    private readonly Dictionary<Guid, long> _orders = [];
    private readonly Dictionary<string, Vehicle> _vehicles = new(StringComparer.Ordinal);
    private readonly Dictionary<(long Order, long Vehicle), ExecutionRow> _rows = [];

    private ExecutionLookup()
    {
    }

    /// <summary>Loads what the keys name.</summary>
    public static async Task<ExecutionLookup> LoadAsync(
        WriteSession session, IReadOnlyCollection<(Guid CommandId, string VehicleId)> keys, CancellationToken cancellationToken)
    {
        var lookup = new ExecutionLookup();
        foreach (var chunk in keys.Select(key => key.CommandId).Distinct().Chunk(Chunk))
        {
            foreach (var command in await session.Db.Commands.AsNoTracking()
                .Where(command => chunk.Contains(command.Id))
                .Select(command => new { command.Id, command.Order })
                .ToListAsync(cancellationToken))
            {
                lookup._orders.Add(command.Id, command.Order);
            }
        }

        var vehicleIds = keys.Select(key => key.VehicleId).Distinct(StringComparer.Ordinal).ToList();
        foreach (var vehicle in await VehicleRegistry.FindAsync(session.Db, vehicleIds, cancellationToken))
        {
            lookup._vehicles.Add(vehicle.VehicleId, vehicle);
        }

        await lookup.ReloadAsync(session, keys, cancellationToken);
        return lookup;
    }

    /// <summary>Reads the rows again: somebody else had changed some.</summary>
    public async Task ReloadAsync(WriteSession session, IEnumerable<(Guid CommandId, string VehicleId)> keys, CancellationToken cancellationToken)
    {
        var known = keys
            .Where(key => _orders.ContainsKey(key.CommandId) && _vehicles.ContainsKey(key.VehicleId))
            .Select(key => (Order: _orders[key.CommandId], Vehicle: _vehicles[key.VehicleId].Id))
            .Distinct();
        foreach (var command in known.GroupBy(key => key.Order, key => key.Vehicle))
        {
            foreach (var chunk in command.Chunk(Chunk))
            {
                // A row may be gone: its vehicle is being erased.
                foreach (var vehicle in chunk)
                {
                    _rows.Remove((command.Key, vehicle));
                }

                var rows = await ExecutionReader.ReadAsync(
                    session,
                    $"e.command_order = @order AND e.vehicle_key IN ({ExecutionReader.List(chunk)})",
                    [("@order", command.Key)],
                    cancellationToken);
                foreach (var row in rows)
                {
                    _rows[(row.CommandOrder, row.VehicleKey)] = row;
                }
            }
        }
    }

    /// <summary>The vehicle, deleted or not, or null.</summary>
    public Vehicle? FindVehicle(string vehicleId) => _vehicles.GetValueOrDefault(vehicleId);

    /// <summary>The execution, or null when the command or the vehicle is unknown, or the command is not for the vehicle.</summary>
    public ExecutionRow? Find(Guid commandId, string vehicleId) =>
        _orders.TryGetValue(commandId, out var order) && _vehicles.TryGetValue(vehicleId, out var vehicle)
            ? _rows.GetValueOrDefault((order, vehicle.Id))
            : null;
}
