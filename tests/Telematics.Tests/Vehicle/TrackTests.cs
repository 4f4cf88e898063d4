using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Telematics.Tests.Architecture;
using Telematics.Vehicle.Tracks;
using Xunit;

namespace Telematics.Tests.Vehicle;

public sealed class TrackTests
{
    [Fact]
    public void Cells_become_numbers_booleans_and_texts_and_empty_ones_nothing()
    {
        var track = Parse(
            "# a comment",
            "time, Vehicle.Speed ,Vehicle.IsMoving,Vehicle.LowVoltageSystemState,Vehicle.Cabin.Name",
            "100,63.50,true,ON,\"left, \"\"right\"\"\"",
            "",
            "101.5,,,OFF,");

        Assert.Equal(2, track.Count);
        Assert.Equal(TimeSpan.FromSeconds(1.5), track.Duration);
        Assert.Equal(
            ""","Vehicle.Speed":63.5,"Vehicle.IsMoving":true,"Vehicle.LowVoltageSystemState":"ON","Vehicle.Cabin.Name":"left, \u0022right\u0022" """.TrimEnd(),
            At(track, 0));
        Assert.Equal(",\"Vehicle.LowVoltageSystemState\":\"OFF\"", At(track, 1.5));
    }

    [Theory]
    [InlineData(-1, 1)]
    [InlineData(0, 1)]
    [InlineData(9.9, 1)]
    [InlineData(10, 2)]
    [InlineData(25, 3)]
    [InlineData(1_000, 3)]
    public void The_newest_row_that_is_not_later_is_in_force(double seconds, int speed)
    {
        var track = Parse("time,Vehicle.Speed", "2026-11-24T12:00:00Z,1", "2026-11-24T12:00:10Z,2", "2026-11-24T13:00:20+01:00,3");

        Assert.Equal($",\"Vehicle.Speed\":{speed}", At(track, seconds));
    }

    [Theory]
    [InlineData("the header has no column 'time'", "Vehicle.Speed", "1")]
    [InlineData("the header names a column twice", "time,Vehicle.Speed,Vehicle.Speed", "1,2,3")]
    [InlineData("line 2 has 1 fields, the header 2", "time,Vehicle.Speed", "1")]
    [InlineData("line 2: time 'noon' is neither seconds nor a time of RFC 3339", "time,Vehicle.Speed", "noon,1")]
    [InlineData("line 3: times must grow", "time,Vehicle.Speed", "1,1", "1,2")]
    [InlineData("there is no row that can be replayed", "time,Vehicle.Speed", "1,900")]
    [InlineData("there is no row that can be replayed", "time,speed", "1,90")]
    public void A_file_of_another_form_says_where_and_why(string message, params string[] lines) =>
        Assert.Equal(message, Assert.Throws<TrackException>(() => Parse(lines)).Message);

    [Fact]
    public void The_sample_track_can_be_replayed_whole()
    {
        var track = Track.Load(Path.Combine(Repository.Root, "simulators/Telematics.Vehicle/samples/shanghai.csv"), NullLogger.Instance);

        Assert.Equal(145, track.Count);
        Assert.Equal(TimeSpan.FromMinutes(12), track.Duration);
    }

    private static Track Parse(params string[] lines) => Track.Parse(lines, NullLogger.Instance);

    private static string At(Track track, double seconds) => Encoding.UTF8.GetString(track.SignalsAt(TimeSpan.FromSeconds(seconds)));
}
