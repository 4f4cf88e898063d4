using Telematics.Api.Parameters;
using Xunit;

namespace Telematics.Tests.Api;

public sealed class CursorTests
{
    [Fact]
    public void A_cursor_gives_its_position_back()
    {
        Assert.Null(Cursor.TryRead(Cursor.Create("filter", "car-1"), "filter", out var position));
        Assert.Equal("car-1", position);
    }

    [Fact]
    public void No_cursor_is_the_beginning()
    {
        Assert.Null(Cursor.TryRead(null, "filter", out var position));
        Assert.Null(position);
    }

    [Theory]
    [InlineData("")]
    [InlineData("AAAA")]
    [InlineData("not base64!")]
    [InlineData("AAAAAAAAAAAAAAAAAAAAAAAA")]
    public void Other_texts_are_refused(string cursor)
    {
        Assert.NotNull(Cursor.TryRead(cursor, "filter", out var position));
        Assert.Null(position);
    }

    [Fact]
    public void A_cursor_with_white_space_padding_or_of_another_filter_is_refused()
    {
        var cursor = Cursor.Create("filter", "car-12");
        Assert.NotNull(Cursor.TryRead(cursor + "=", "filter", out _));
        Assert.NotNull(Cursor.TryRead(cursor.Insert(4, " "), "filter", out _));
        Assert.NotNull(Cursor.TryRead(cursor, "filter2", out _));
    }

    [Fact]
    public void The_longest_position_fits()
    {
        var cursor = Cursor.Create("filter", new string('x', 250));
        Assert.InRange(cursor.Length, 1, Cursor.MaxLength);
        Assert.Null(Cursor.TryRead(cursor, "filter", out _));
    }
}
