using System.Globalization;
using Microsoft.Extensions.Options;
using Telematics.Storage;
using Telematics.Storage.Retention;
using Xunit;

namespace Telematics.Tests.Storage.Retention;

public sealed class DivisionLengthsTests
{
    private const string Table = TimeSeriesTables.Telemetry;

    [Theory]
    [InlineData(1, 0, "1.00:00:00")]
    [InlineData(231, 0, "1.00:00:00")]
    [InlineData(232, 0, "12:00:00")]
    [InlineData(1_000, 0, "04:00:00")]
    [InlineData(10_000, 0, "00:30:00")]
    [InlineData(33_000, 0, "00:10:00")]
    [InlineData(100_000, 0, "00:10:00")]
    [InlineData(1_000, 65_536, "04:00:00")]
    [InlineData(1_000, 4_096, "01:00:00")]
    [InlineData(1_000, 1, "00:10:00")]
    public void A_division_holds_20_million_rows_or_a_quarter_of_the_memory_and_divides_a_day(int rowsPerSecond, int memoryMebibytes, string expected)
    {
        var length = DivisionLengths.Of(rowsPerSecond, memoryMebibytes);
        Assert.Equal(TimeSpan.Parse(expected, CultureInfo.InvariantCulture), length);
        Assert.Equal(0, TimeSpan.TicksPerDay % length.Ticks);
    }

    [Fact]
    public void Rollups_have_longer_ones()
    {
        var lengths = new DivisionLengths(Options.Create(new StorageOptions { ExpectedRowsPerSecond = 10_000 }));
        Assert.Equal(TimeSpan.FromMinutes(30), lengths.Of(TimeSeriesTables.Telemetry));
        Assert.Equal(TimeSpan.FromHours(3), lengths.Of(TimeSeriesTables.Minutes));
        Assert.Equal(TimeSpan.FromDays(7), lengths.Of(TimeSeriesTables.Hours));
    }

    [Fact]
    public void The_first_partition_holds_the_last_interval_before_now()
    {
        var next = TimePartition.Next(Table, null, At(24, 18, 20), TimeSpan.FromHours(6), TimeSpan.FromDays(2));
        Assert.Equal(new TimePartition("telemetry_p20261124_1200", At(24, 12, 0), At(24, 18, 0)), next);
    }

    [Fact]
    public void Partitions_follow_each_other_until_they_reach_far_enough()
    {
        DateTime? end = null;
        var made = new List<TimePartition>();
        while (TimePartition.Next(Table, end, At(24, 18, 20), TimeSpan.FromHours(6), TimeSpan.FromDays(2)) is { } next)
        {
            made.Add(next);
            end = next.End;
        }

        Assert.Equal(10, made.Count);
        Assert.Equal(made.Skip(1).Select(partition => partition.Start), made.SkipLast(1).Select(partition => partition.End));
        Assert.True(made[^1].End >= At(26, 18, 20));
    }

    [Fact]
    public void A_new_length_begins_behind_the_last_partition()
    {
        var next = TimePartition.Next(Table, At(24, 18, 0), At(24, 17, 0), TimeSpan.FromHours(4), TimeSpan.FromDays(2));
        Assert.Equal(new TimePartition("telemetry_p20261124_1800", At(24, 18, 0), At(24, 20, 0)), next);
        Assert.Equal(new TimePartition("telemetry_p20261124_2000", At(24, 20, 0), At(25, 0, 0)), TimePartition.Next(Table, At(24, 20, 0), At(24, 17, 0), TimeSpan.FromHours(4), TimeSpan.FromDays(2)));
    }

    [Fact]
    public void After_a_long_absence_the_months_between_get_no_partitions()
    {
        var next = TimePartition.Next(Table, At(1, 0, 0).AddYears(-1), At(24, 18, 20), TimeSpan.FromMinutes(10), TimeSpan.FromDays(2));
        Assert.Equal("telemetry_p20261124_1810", next?.Name);
    }

    [Theory]
    [InlineData(1_000, 10_000, "ALTER TABLE telemetry SET (timescaledb.enable_columnstore, timescaledb.segmentby = 'vehicle_key', timescaledb.orderby = 'time DESC')")]
    [InlineData(1_000, 1_000_000, "ALTER TABLE telemetry SET (timescaledb.enable_columnstore, timescaledb.orderby = 'vehicle_key, time DESC')")]
    public void The_columnstore_is_segmented_by_vehicle_where_a_chunk_holds_100_rows_of_each(int rowsPerSecond, long vehicles, string expected)
    {
        Assert.Equal(expected, TimescaleColumnstore.Enable(TimeSpan.FromHours(4), rowsPerSecond, vehicles));
        Assert.Equal("CALL add_columnstore_policy('telemetry', after => INTERVAL '480 minutes', if_not_exists => true)", TimescaleColumnstore.AddPolicy(TimeSpan.FromHours(4)));
    }

    [Theory]
    [InlineData(30, 365, 0, null)]
    [InlineData(30, 30, 30, null)]
    [InlineData(0, 0, 0, null)]
    [InlineData(30, 29, 0, "Telematics:Retention:MinuteRollupDays is '29', but must not be shorter than Telematics:Retention:TelemetryDays, which is '30'; 0 means for ever.")]
    [InlineData(0, 365, 0, "Telematics:Retention:MinuteRollupDays is '365', but must not be shorter than Telematics:Retention:TelemetryDays, which is '0' (for ever); 0 means for ever.")]
    [InlineData(30, 365, 364, "Telematics:Retention:HourRollupDays is '364', but must not be shorter than Telematics:Retention:MinuteRollupDays, which is '365'; 0 means for ever.")]
    public void The_coarser_lives_at_least_as_long_as_the_finer(int telemetry, int minutes, int hours, string? failure)
    {
        var result = new RetentionOrderValidator().Validate(null, new RetentionOptions { TelemetryDays = telemetry, MinuteRollupDays = minutes, HourRollupDays = hours });
        Assert.Equal(failure, result.FailureMessage);
    }

    private static DateTime At(int day, int hour, int minute) => new(2026, 11, day, hour, minute, 0, DateTimeKind.Utc);
}
