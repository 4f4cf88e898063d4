using Telematics.Api.Parameters;
using Xunit;

namespace Telematics.Tests.Api;

public sealed class ParameterTests
{
    private static readonly DurationParameter Step = new("step", "", TimeSpan.FromSeconds(1), TimeSpan.FromDays(1));
    private static readonly TimeParameter Time = new("from", "");
    private static readonly BoundingBoxParameter Box = new("bbox", "");
    private static readonly ListParameter Ids = new("ids", "", "ids", 3, 5, id => id.Length > 0);

    [Theory]
    [InlineData("1s", 1)]
    [InlineData("30s", 30)]
    [InlineData("5m", 300)]
    [InlineData("1h", 3_600)]
    [InlineData("1d", 86_400)]
    [InlineData("PT5M", 300)]
    [InlineData("P1D", 86_400)]
    [InlineData("PT1H30M", 5_400)]
    public void Durations_are_read(string text, int seconds)
    {
        Assert.True(Step.TryParse(text, out var value));
        Assert.Equal(TimeSpan.FromSeconds(seconds), value);
    }

    [Theory]
    [InlineData("")]
    [InlineData("0s")]
    [InlineData("5")]
    [InlineData("m")]
    [InlineData("-5m")]
    [InlineData("1.5m")]
    [InlineData("2d")]
    [InlineData("99999999d")]
    [InlineData("999999999s")]
    [InlineData("P")]
    [InlineData("PT")]
    [InlineData("P9999D")]
    [InlineData("P1Y")]
    [InlineData("5m\n")]
    public void Other_texts_are_no_durations(string text) => Assert.False(Step.TryParse(text, out _));

    [Theory]
    [InlineData("2026-01-31T08:00:00Z", 8)]
    [InlineData("2026-01-31T08:00Z", 8)]
    [InlineData("2026-01-31T08:00:00.000001Z", 8)]
    [InlineData("2026-01-31T08:00:00+08:00", 0)]
    [InlineData("2026-01-31T08:00:00-01:00", 9)]
    public void Times_are_read_as_UTC(string text, int hour)
    {
        Assert.True(Time.TryParse(text, out var value));
        Assert.Equal(hour, value!.Value.Hour);
        Assert.Equal(DateTimeKind.Utc, value.Value.Kind);
    }

    [Theory]
    [InlineData("")]
    [InlineData("yesterday")]
    [InlineData("2026-01-31")]
    [InlineData("2026-01-31T08:00:00")]
    [InlineData("2026-02-31T08:00:00Z")]
    [InlineData("1969-12-31T23:59:59Z")]
    [InlineData("2200-01-01T00:00:00Z")]
    [InlineData("0001-01-01T00:00:00+14:00")]
    [InlineData("1764000000")]
    public void Other_texts_are_no_times(string text) => Assert.False(Time.TryParse(text, out _));

    [Theory]
    [InlineData("5.9,45.8,10.5,47.8")]
    [InlineData("170,-10,-170,10")]
    [InlineData("-180,-90,180,90")]
    [InlineData("0,0,0,0")]
    public void Rectangles_are_read(string text) => Assert.True(Box.TryParse(text, out _));

    [Theory]
    [InlineData("")]
    [InlineData("1,2,3")]
    [InlineData("1,2,3,4,5")]
    [InlineData("1,50,3,40")]
    [InlineData("-181,0,0,0")]
    [InlineData("0,-91,0,0")]
    [InlineData("NaN,0,0,0")]
    [InlineData("1e1,0,20,0")]
    [InlineData("0,0,Infinity,0")]
    public void Other_texts_are_no_rectangles(string text) => Assert.False(Box.TryParse(text, out _));

    [Theory]
    [InlineData("a")]
    [InlineData("a,b,c")]
    public void Lists_are_read(string text) => Assert.True(Ids.TryParse(text, out _));

    [Theory]
    [InlineData("")]
    [InlineData("a,,b")]
    [InlineData("a,a")]
    [InlineData("a,b,c,d")]
    [InlineData("toolong")]
    public void Lists_outside_their_limit_are_refused(string text) => Assert.False(Ids.TryParse(text, out _));
}
