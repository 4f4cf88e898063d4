using System.Text;
using Microsoft.Extensions.Time.Testing;
using Telematics.RocketMQ.Producing;
using Xunit;

namespace Telematics.Tests.RocketMQ.Producing;

public sealed class ProducerNumbersTests
{
    private static readonly DateTimeOffset MidMonth = new(2026, 11, 15, 12, 0, 0, TimeSpan.Zero);
    private readonly FakeTimeProvider _time = new(MidMonth);

    private long Now => _time.GetUtcNow().ToUnixTimeMilliseconds();

    [Fact]
    public void A_number_is_the_time_since_the_month_began_and_a_counter()
    {
        var numbers = new ProducerNumbers(_time);
        var milliseconds = (long)(MidMonth - new DateTimeOffset(2026, 11, 1, 0, 0, 0, TimeSpan.Zero)).TotalMilliseconds;
        Assert.Equal(milliseconds << 16, numbers.Next(Now));
        Assert.Equal((milliseconds << 16) + 1, numbers.Next(Now));
        _time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal((milliseconds + 1) << 16, numbers.Next(Now));
    }

    [Fact]
    public void Numbers_grow_when_the_clock_goes_back_even_into_the_month_before()
    {
        var numbers = new ProducerNumbers(_time);
        var last = numbers.Next(Now);
        var instance = numbers.Instance;
        foreach (var back in new[] { 1, 60_000, 20L * 24 * 3600 * 1000 })
        {
            var next = numbers.Next(Now - back);
            Assert.Equal(last + 1, next);
            Assert.Same(instance, numbers.Instance);
            last = next;
        }
    }

    [Fact]
    public void A_new_month_takes_a_new_instance_and_begins_again()
    {
        var start = new DateTimeOffset(2026, 11, 30, 23, 59, 59, 999, TimeSpan.Zero);
        _time.SetUtcNow(start);
        var numbers = new ProducerNumbers(_time);
        var before = numbers.Next(Now);
        var instance = numbers.Instance;
        Assert.InRange(before, 1, (1L << 48) - 1);
        _time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal(1, numbers.Next(Now));
        Assert.NotEqual(Encoding.ASCII.GetString(instance), Encoding.ASCII.GetString(numbers.Instance));
        var after = numbers.Instance;
        Assert.Equal(2, numbers.Next(start.ToUnixTimeMilliseconds())); // set back over the turn: the new month goes on
        Assert.Same(after, numbers.Instance);
    }

    [Fact]
    public void The_month_begins_where_the_machine_is()
    {
        _time.SetLocalTimeZone(TimeZoneInfo.CreateCustomTimeZone("east", TimeSpan.FromHours(2), "east", "east"));
        _time.SetUtcNow(new DateTimeOffset(2026, 11, 30, 22, 0, 0, 5, TimeSpan.Zero));
        Assert.Equal(5L << 16, new ProducerNumbers(_time).Next(Now));
    }

    [Fact]
    public void No_two_queues_share_an_instance()
    {
        var instances = Enumerable.Range(0, 100).Select(_ => Encoding.ASCII.GetString(ProducerInstances.Next())).ToArray();
        Assert.Equal(100, instances.Distinct().Count());
        Assert.All(instances, instance => Assert.Equal(20, instance.Length));
        Assert.Single(instances.Select(instance => instance[..12]).Distinct());
    }
}
