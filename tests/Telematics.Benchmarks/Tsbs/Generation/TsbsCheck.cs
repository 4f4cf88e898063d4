namespace Telematics.Benchmarks.Tsbs.Generation;

/// <summary><c>tsbs check</c>: whether the generated points have TSBS's proportions.</summary>
internal static class TsbsCheck
{
    /// <returns>0 when every proportion is within its bounds, else 1.</returns>
    public static int Run(TsbsSettings settings)
    {
        var failures = 0;
        var figures = Measure(settings);
        var again = Measure(settings);
        Console.WriteLine($"{settings.GeneratedPoints:N0} points generated, {figures.Points:N0} behind the filter, {settings.Scale:N0} trucks");

        // The bounds hold from some ten thousand points on; what TSBS's own filter gives is in the middle of them.
        Expect("points that survive", figures.Points / (double)settings.GeneratedPoints, 0.88, 0.92);
        Expect("share of readings", figures.Readings / (double)figures.Points, 0.49, 0.51);
        Expect("points with an emptied field", figures.Emptied / (double)figures.Points, 0.08, 0.10);
        Expect("points with an emptied tag", figures.EmptiedTags / (double)figures.Points, 0.007, 0.012);
        Expect("points behind a later one", figures.Late / (double)figures.Points, 0.16, 0.23);
        Expect("displacement, median in points", figures.Displacements[figures.Displacements.Count / 2], 6, 20);
        Expect("displacement, 99th percentile in points", figures.Displacements[(int)(figures.Displacements.Count * 0.99)], 35, 100);
        Expect("displacement, maximum in points", figures.Displacements[^1], 60, 1_000);
        Expect("points twice", figures.Twice, 0, 0);
        Expect("velocity at the first tick, mean", figures.FirstVelocity, 0, 0);
        Expect("values out of range", figures.OutOfRange, 0, 0);
        Expect("same points with the same seed (1 = yes)", figures.Hash == again.Hash ? 1 : 0, 1, 1);
        Expect("other points with another seed (1 = yes)", Measure(settings with { Seed = settings.Seed + 1 }).Hash != figures.Hash ? 1 : 0, 1, 1);
        return failures == 0 ? 0 : 1;

        void Expect(string what, double value, double min, double max)
        {
            var isWithin = value >= min && value <= max;
            failures += isWithin ? 0 : 1;
            Console.WriteLine($"{(isWithin ? "ok  " : "FAIL")} {what}: {value:0.####} ({min:0.####} to {max:0.####})");
        }
    }

    private static Figures Measure(TsbsSettings settings)
    {
        var figures = new Figures();
        var filter = new TsbsFilter(settings);
        var seen = new HashSet<long>();
        var newest = -1L;
        var hash = new HashCode();
        var atStart = (Sum: 0.0, Count: 0);
        while (filter.TryNext(out var point))
        {
            figures.Points++;
            figures.Readings += point.Table == TsbsTable.Readings ? 1 : 0;
            figures.EmptiedTags += point.EmptiedTag >= 0 ? 1 : 0;
            figures.Twice += seen.Add(point.Number) ? 0 : 1;
            hash.Add(point.Number);
            hash.Add(point.EmptiedTag);
            var fields = point.Table == TsbsTable.Readings ? TsbsSchema.ReadingsFields : TsbsSchema.DiagnosticsFields;
            var hasEmptied = false;
            for (var i = 0; i < fields; i++)
            {
                hash.Add(point.Fields[i]);
                hasEmptied |= double.IsNaN(point.Fields[i]);
            }

            figures.Emptied += hasEmptied ? 1 : 0;
            figures.OutOfRange += IsInRange(in point) ? 0 : 1;
            if (point is { Table: TsbsTable.Readings, Time: var time } && time == TsbsSettings.Start && !double.IsNaN(point.Fields[TsbsSchema.Velocity]))
            {
                atStart = (atStart.Sum + point.Fields[TsbsSchema.Velocity], atStart.Count + 1);
            }

            if (point.Number < newest)
            {
                figures.Late++;
                figures.Displacements.Add(newest - point.Number);
            }

            newest = Math.Max(newest, point.Number);
        }

        figures.Displacements.Sort();
        figures.FirstVelocity = atStart.Sum / Math.Max(1, atStart.Count);
        figures.Hash = hash.ToHashCode();
        return figures;
    }

    private static bool IsInRange(in TsbsPoint point)
    {
        // NaN is an emptied field: in no range, and out of none.
        var fields = point.Fields;
        return point.Table == TsbsTable.Readings
            ? !(Math.Abs(fields[TsbsSchema.Latitude]) > 90 || Math.Abs(fields[TsbsSchema.Longitude]) > 180
                || IsOut(fields[TsbsSchema.Elevation], 5_000) || IsOut(fields[TsbsSchema.Velocity], 100)
                || IsOut(fields[TsbsSchema.Heading], 360) || IsOut(fields[TsbsSchema.Grade], 100)
                || IsOut(fields[TsbsSchema.FuelConsumption], 50))
            : !(IsOut(fields[TsbsSchema.FuelState], 1) || IsOut(fields[TsbsSchema.CurrentLoad], 5_000)
                || IsOut(fields[TsbsSchema.Status], 5));

        static bool IsOut(double value, double max) => value < 0 || value > max;
    }

    private sealed class Figures
    {
        public long Points { get; set; }

        public long Readings { get; set; }

        public long Emptied { get; set; }

        public long EmptiedTags { get; set; }

        public long Late { get; set; }

        public long Twice { get; set; }

        public long OutOfRange { get; set; }

        public double FirstVelocity { get; set; }

        public int Hash { get; set; }

        public List<long> Displacements { get; } = [];
    }
}
