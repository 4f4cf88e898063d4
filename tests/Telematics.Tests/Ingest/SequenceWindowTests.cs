using Telematics.Ingest;
using Telematics.Storage;
using Xunit;

namespace Telematics.Tests.Ingest;

public sealed class SequenceWindowTests
{
    [Theory]
    [InlineData("1 2 3", "NNN")]
    [InlineData("1 1 2 2 1", "NDNDD")]
    [InlineData("5 3 4 3 5 4", "NNNDDD")] // out of order within the window
    [InlineData("100 36 36 35 35", "NNDUU")] // 64 below is judged, 65 below is not
    [InlineData("0 64 0 1 1", "NNDND")] // the jump over the whole window keeps its last bit
    [InlineData("0 65 0 1", "NNUN")]
    [InlineData("9 200 136 136 135", "NNNDU")]
    [InlineData("7 0 9223372036854775807 7", "NNNU")]
    public void A_duplicate_is_a_number_that_was_seen(string numbers, string verdicts)
    {
        var counters = default(SequenceCounters);
        var actual = numbers.Split(' ').Select(number => Letter(SequenceWindow.Take(ref counters, 1, long.Parse(number, System.Globalization.CultureInfo.InvariantCulture))));
        Assert.Equal(verdicts, string.Concat(actual));
    }

    [Fact]
    public void The_two_newest_lives_of_the_counter_are_kept()
    {
        var counters = default(SequenceCounters);
        Assert.Equal(SequenceVerdict.New, SequenceWindow.Take(ref counters, 10, 5));
        Assert.Equal(SequenceVerdict.New, SequenceWindow.Take(ref counters, 3, 5));
        Assert.Equal(SequenceVerdict.Duplicate, SequenceWindow.Take(ref counters, 10, 5));
        Assert.Equal(SequenceVerdict.New, SequenceWindow.Take(ref counters, 10, 4));
        Assert.Equal(SequenceVerdict.Duplicate, SequenceWindow.Take(ref counters, 3, 5));
        Assert.Equal(SequenceVerdict.New, SequenceWindow.Take(ref counters, 7, 5));
        Assert.Equal(SequenceVerdict.Duplicate, SequenceWindow.Take(ref counters, 3, 5));
        Assert.Equal(SequenceVerdict.New, SequenceWindow.Take(ref counters, 10, 5));
    }

    [Fact]
    public void Every_order_within_the_window_finds_exactly_the_repeats()
    {
        var random = new Random(4);
        for (var run = 0; run < 200; run++)
        {
            var counters = default(SequenceCounters);
            var seen = new HashSet<long>();
            var highest = 1_000L;
            for (var i = 0; i < 500; i++)
            {
                var seq = highest + random.Next(-SequenceWindow.Size, 20);
                var verdict = SequenceWindow.Take(ref counters, 1, seq);
                if (seen.Count > 0)
                {
                    Assert.Equal(seen.Contains(seq) ? SequenceVerdict.Duplicate : SequenceVerdict.New, verdict);
                }

                highest = seen.Count == 0 ? seq : Math.Max(highest, seq);
                seen.Add(seq);
            }
        }
    }

    private static string Letter(SequenceVerdict verdict) => verdict.ToString()[..1];
}
