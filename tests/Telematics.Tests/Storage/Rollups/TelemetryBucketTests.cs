using Telematics.Contracts.Telemetry;
using Telematics.Storage;
using Telematics.Storage.Rollups;
using Xunit;

namespace Telematics.Tests.Storage.Rollups;

public sealed class TelemetryBucketTests
{
    [Fact]
    public void Samples_are_summed_up()
    {
        var bucket = default(TelemetryBucket);
        bucket.Add(3_000_000, Values(speed: 30, distance: 1_200, voltage: 400, current: -10, latitude: 3, longitude: 4));
        bucket.Add(1_000_000, Values(speed: 10, distance: 1_000, voltage: 400, current: -30, latitude: 1, longitude: 2));
        bucket.Add(2_000_000, Values(speed: 50));
        bucket.Add(4_000_000, Values());
        Assert.Equal((4, 1_000_000, 4_000_000), (bucket.Samples, bucket.FirstTime, bucket.LastTime));
        Assert.Equal((3, 10, 50, 90, 30), (bucket.SpeedCount, bucket.SpeedMin, bucket.SpeedMax, bucket.SpeedSum, bucket.SpeedLast));
        Assert.Equal(200, bucket.Distance);
        Assert.Equal(8_000 * 3 / 3_600_000d, bucket.Energy!.Value, 1e-12);
        Assert.Equal(new PositionFix(1_000_000, 1, 2), bucket.FirstPosition);
        Assert.Equal(new PositionFix(3_000_000, 3, 4), bucket.LastPosition);
    }

    [Fact]
    public void What_was_not_reported_is_not_known()
    {
        var bucket = default(TelemetryBucket);
        bucket.Add(1, Values(voltage: 400, latitude: 1));
        Assert.Equal((1, 0, 0), (bucket.Samples, bucket.SpeedCount, bucket.PowerCount));
        Assert.Null(bucket.Distance);
        Assert.Null(bucket.Energy);
        Assert.Null(bucket.FirstPosition);
        Assert.Null(bucket.LastPosition);
    }

    [Fact]
    public void A_battery_that_is_charged_gives_less_than_nothing()
    {
        var bucket = default(TelemetryBucket);
        bucket.Add(0, Values(voltage: 400, current: 25));
        bucket.Add(3_600_000_000, Values(voltage: 400, current: 25));
        Assert.Equal(-10, bucket.Energy!.Value, 1e-12);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Any_grouping_in_any_order_gives_the_same(int seed)
    {
        var random = new Random(seed);
        for (var round = 0; round < 200; round++)
        {
            // Few different times and values, so that many samples are of one moment.
            var samples = Enumerable.Range(0, random.Next(1, 12)).Select(_ => (Time: (long)random.Next(4), Values: RandomValues(random))).ToArray();
            var expected = default(TelemetryBucket);
            foreach (var (time, values) in samples)
            {
                expected.Add(time, in values);
            }

            random.Shuffle(samples);
            var groups = new TelemetryBucket[random.Next(1, 5)];
            foreach (var (time, values) in samples)
            {
                groups[random.Next(groups.Length)].Add(time, in values);
            }

            var actual = default(TelemetryBucket);
            foreach (var group in groups)
            {
                actual.Merge(in group);
            }

            Assert.Equal(expected, actual);
        }
    }

    private static SignalValues RandomValues(Random random)
    {
        double Some(double value) => random.Next(3) == 0 ? double.NaN : value;
        return Values(Some(random.Next(5)), Some(random.Next(5)), Some(random.Next(5)), Some(random.Next(-2, 3)), Some(random.Next(3)), Some(random.Next(3)));
    }

    private static SignalValues Values(
        double speed = double.NaN, double distance = double.NaN, double voltage = double.NaN, double current = double.NaN, double latitude = double.NaN, double longitude = double.NaN)
    {
        var values = SignalValues.None;
        values[SignalCatalogue.Speed] = speed;
        values[SignalCatalogue.TraveledDistance] = distance;
        values[SignalCatalogue.PackVoltage] = voltage;
        values[SignalCatalogue.PackCurrent] = current;
        values[SignalCatalogue.Latitude] = latitude;
        values[SignalCatalogue.Longitude] = longitude;
        return values;
    }
}
