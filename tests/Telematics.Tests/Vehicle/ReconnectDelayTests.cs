using Telematics.Vehicle;
using Xunit;

namespace Telematics.Tests.Vehicle;

public sealed class ReconnectDelayTests
{
    [Fact]
    public void Pauses_double_up_to_a_minute_with_a_random_half_and_begin_anew()
    {
        var delay = new ReconnectDelay(new Random(1));
        foreach (var seconds in new[] { 1, 2, 4, 8, 16, 32, 60, 60, 60 })
        {
            Assert.InRange(delay.Next(), TimeSpan.FromSeconds(seconds / 2.0), TimeSpan.FromSeconds(seconds));
        }

        delay.Reset();
        Assert.InRange(delay.Next(), TimeSpan.FromSeconds(0.5), TimeSpan.FromSeconds(1));
    }
}
