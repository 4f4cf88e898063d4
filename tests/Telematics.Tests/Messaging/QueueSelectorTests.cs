using System.Text;
using Telematics.Messaging;
using Xunit;

namespace Telematics.Tests.Messaging;

public sealed class QueueSelectorTests
{
    [Theory]
    [InlineData("", 0)]
    [InlineData("hello", 99162322)]
    [InlineData("car-1", 94429304)]
    [InlineData("polygenelubricants", int.MinValue)]
    [InlineData("Ærø", 194060)]
    [InlineData("😀", 1772899)]
    public void The_hash_is_that_of_a_Java_string(string text, int hash) =>
        Assert.Equal(hash, QueueSelector.JavaHashCode(Encoding.UTF8.GetBytes(text)));

    [Fact]
    public void The_smallest_hash_still_selects_a_queue() =>
        Assert.InRange(QueueSelector.Select("polygenelubricants"u8, 7), 0, 6);
}
