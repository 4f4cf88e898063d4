using Telematics.Messaging;
using Xunit;

namespace Telematics.Tests.Messaging;

public sealed class PoolRelayTests
{
    [Fact]
    public void Work_of_many_threads_runs_on_the_pool_each_once()
    {
        using var done = new CountdownEvent(4_000);
        var elsewhere = 0;
        var threads = Enumerable.Range(0, 4).Select(_ => new Thread(() =>
        {
            for (var i = 0; i < 1_000; i++)
            {
                PoolRelay.Queue(() =>
                {
                    if (!Thread.CurrentThread.IsThreadPoolThread)
                    {
                        Interlocked.Increment(ref elsewhere);
                    }

                    done.Signal();
                });
            }
        })).ToList();
        threads.ForEach(static thread => thread.Start());
        Assert.True(done.Wait(TimeSpan.FromSeconds(20)));
        Assert.Equal(0, elsewhere);
    }
}
