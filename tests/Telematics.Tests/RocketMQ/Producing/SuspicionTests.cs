using Telematics.RocketMQ.Producing;
using Xunit;

namespace Telematics.Tests.RocketMQ.Producing;

public sealed class SuspicionTests
{
    [Fact]
    public void A_broker_that_fails_for_everybody_and_works_for_three_moments_in_an_hour_condemns_no_message()
    {
        var stored = new StoredBatches().Of("broker-a");
        var suspicion = new Suspicion(stored);
        for (var attempt = 1; attempt <= 3_600; attempt++)
        {
            if (attempt is 900 or 1_800 or 2_700)
            {
                stored.Add(); // another queue's request met a moment in which the broker worked
            }

            Assert.False(suspicion.IsConfirmedBy(isAlone: true), $"refused for good at attempt {attempt}");
        }
    }
}
