namespace Telematics.Benchmarks.Tsbs.Generation;

/// <summary>A truck: its tags, and its fields, which walk at random.</summary>
internal sealed class TsbsTruck
{
    private readonly TsbsRandom _random;
    private TsbsFields _readings;
    private double _fuel = 1;
    private double _load;
    private double _status;

    public TsbsTruck(int number, TsbsRandom random)
    {
        _random = random;
        var model = random.Choose(TsbsSchema.Models);
        Tags =
        [
            $"truck_{number}",
            random.Choose(TsbsSchema.Fleets),
            random.Choose(TsbsSchema.Drivers),
            model.Name,
            random.Choose(TsbsSchema.DeviceVersions),
            model.Load,
            model.Fuel,
            model.Consumption,
        ];
        _readings[TsbsSchema.Latitude] = random.NextDouble() * 90;
        _readings[TsbsSchema.Longitude] = random.NextDouble() * 180;
        _readings[TsbsSchema.Elevation] = random.NextDouble() * 500;
        _readings[TsbsSchema.Heading] = random.NextDouble() * 360;
        _readings[TsbsSchema.FuelConsumption] = 25;
    }

    /// <summary>Values of <see cref="TsbsSchema.Tags"/>: text, then float.</summary>
    public object[] Tags { get; }

    /// <summary>Reads a table's fields. Decimals are cut off, not rounded.</summary>
    public void Read(TsbsTable table, ref TsbsFields fields)
    {
        if (table == TsbsTable.Readings)
        {
            fields[TsbsSchema.Latitude] = Cut(_readings[TsbsSchema.Latitude], 100_000);
            fields[TsbsSchema.Longitude] = Cut(_readings[TsbsSchema.Longitude], 100_000);
            fields[TsbsSchema.Elevation] = Cut(_readings[TsbsSchema.Elevation], 1);
            fields[TsbsSchema.Velocity] = Cut(_readings[TsbsSchema.Velocity], 1);
            fields[TsbsSchema.Heading] = Cut(_readings[TsbsSchema.Heading], 1);
            fields[TsbsSchema.Grade] = Cut(_readings[TsbsSchema.Grade], 1);
            fields[TsbsSchema.FuelConsumption] = Cut(_readings[TsbsSchema.FuelConsumption], 10);
            return;
        }

        fields[TsbsSchema.FuelState] = Cut(_fuel, 10);
        fields[TsbsSchema.CurrentLoad] = Cut(_load, 1);
        fields[TsbsSchema.Status] = Cut(_status, 1);
    }

    /// <summary>Goes on by one tick.</summary>
    public void Advance()
    {
        Walk(TsbsSchema.Latitude, 0.005, -90, 90);
        Walk(TsbsSchema.Longitude, 0.005, -180, 180);
        Walk(TsbsSchema.Elevation, 10, 0, 5_000);
        Walk(TsbsSchema.Velocity, 10, 0, 100);
        Walk(TsbsSchema.Heading, 5, 0, 360);
        Walk(TsbsSchema.Grade, 5, 0, 100);
        Walk(TsbsSchema.FuelConsumption, 5, 0, 50);
        _fuel -= _random.NextDouble() * 0.001;
        if (_fuel <= 0)
        {
            _fuel = 1;
        }

        if (_random.Chance(0.05))
        {
            _load = _random.NextUniform(0, 5_000);
        }

        _status = Math.Clamp(_status + _random.NextNormal(), 0, 5);
    }

    private void Walk(int field, double step, double min, double max) =>
        _readings[field] = Math.Clamp(_readings[field] + _random.NextUniform(-step, step), min, max);

    private static double Cut(double value, double scale) => Math.Truncate(value * scale) / scale;
}
