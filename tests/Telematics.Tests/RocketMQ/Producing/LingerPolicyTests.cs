using Microsoft.Extensions.Time.Testing;
using Telematics.RocketMQ.Producing;
using Xunit;

namespace Telematics.Tests.RocketMQ.Producing;

public sealed class LingerPolicyTests
{
    private static readonly TimeSpan Longest = TimeSpan.FromMilliseconds(5);
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public void The_first_send_does_not_wait() => Assert.Equal(TimeSpan.Zero, new LingerPolicy(Longest, _time).GetWait());

    [Fact]
    public void Rare_sends_never_wait()
    {
        var policy = new LingerPolicy(Longest, _time);
        for (var i = 0; i < 100; i++)
        {
            policy.Taken(1);
            _time.Advance(TimeSpan.FromMilliseconds(3)); // two in five milliseconds would not be worth it
            Assert.Equal(TimeSpan.Zero, policy.GetWait());
        }
    }

    [Fact]
    public void Frequent_small_batches_are_spaced_by_the_longest_linger()
    {
        var policy = new LingerPolicy(Longest, _time);
        Settle(policy, messages: 1, every: TimeSpan.FromMilliseconds(0.25));
        policy.Taken(1);
        Assert.Equal(Longest, policy.GetWait());
        _time.Advance(TimeSpan.FromMilliseconds(2));
        Assert.Equal(Longest - TimeSpan.FromMilliseconds(2), policy.GetWait()); // what the answer took counts
        _time.Advance(TimeSpan.FromMilliseconds(2.5));
        Assert.Equal(TimeSpan.Zero, policy.GetWait());
    }

    [Fact]
    public void At_a_high_rate_a_batch_of_a_good_size_is_enough()
    {
        var policy = new LingerPolicy(Longest, _time);
        Settle(policy, messages: 50, every: TimeSpan.FromMilliseconds(1)); // 50,000 a second
        policy.Taken(50);
        Assert.InRange(policy.GetWait().TotalMilliseconds, 1.9, 2.1);
        Settle(policy, messages: 500, every: TimeSpan.FromMilliseconds(1));
        policy.Taken(500);
        Assert.Equal(TimeSpan.Zero, policy.GetWait());
    }

    [Fact]
    public void After_a_pause_the_first_goes_at_once_and_the_spacing_comes_back_within_a_few_batches()
    {
        var policy = new LingerPolicy(Longest, _time);
        Settle(policy, messages: 20, every: Longest);
        _time.Advance(TimeSpan.FromHours(1));
        Assert.Equal(TimeSpan.Zero, policy.GetWait());
        policy.Taken(1);
        var batches = 0;
        for (; policy.GetWait() == TimeSpan.Zero; batches++)
        {
            _time.Advance(TimeSpan.FromMilliseconds(0.5));
            policy.Taken(2);
        }

        Assert.InRange(batches, 0, 8);
    }

    [Fact]
    public void Without_linger_nothing_waits()
    {
        var policy = new LingerPolicy(TimeSpan.Zero, _time);
        Settle(policy, messages: 10, every: TimeSpan.FromMilliseconds(0.1));
        policy.Taken(10);
        Assert.Equal(TimeSpan.Zero, policy.GetWait());
    }

    [Fact]
    public void A_broker_that_answers_fast_is_asked_more_often()
    {
        var policy = new LingerPolicy(TimeSpan.FromMilliseconds(50), _time);
        Settle(policy, messages: 1, every: TimeSpan.FromMilliseconds(0.8), answer: TimeSpan.FromMilliseconds(1));
        policy.Taken(1);
        Assert.InRange(policy.GetWait().TotalMilliseconds, 3.9, 4.1);
        Settle(policy, messages: 10, every: TimeSpan.FromMilliseconds(8), answer: TimeSpan.FromMilliseconds(8));
        policy.Taken(10);
        Assert.InRange(policy.GetWait().TotalMilliseconds, 31, 33);
        Settle(policy, messages: 100, every: TimeSpan.FromMilliseconds(80), answer: TimeSpan.FromMilliseconds(80));
        policy.Taken(100);
        Assert.InRange(policy.GetWait().TotalMilliseconds, 49, 50);
    }

    private void Settle(LingerPolicy policy, int messages, TimeSpan every, TimeSpan? answer = null)
    {
        for (var i = 0; i < 50; i++)
        {
            policy.Taken(messages);
            policy.Answered(answer ?? Longest);
            _time.Advance(every);
        }
    }
}
