using System.Globalization;
using System.Text;
using Telematics.Api.Live;
using Telematics.Contracts.Telemetry;
using Xunit;

namespace Telematics.Tests.Live;

/// <summary>The grid beside looking at every vehicle, while vehicles move, come and go.</summary>
public sealed class PositionGridTests
{
    [Fact]
    public void Rectangles_of_every_size_hold_the_vehicles_that_lie_in_them()
    {
        var random = new Random(7);
        var slots = new SlotTable();
        var grid = new PositionGrid(slots);
        var inside = new HashSet<int>();
        for (var n = 0; n < 3_000; n++)
        {
            var slot = slots.Add(Encoding.ASCII.GetBytes(n.ToString(CultureInfo.InvariantCulture)));
            Place(slot);
        }

        for (var step = 0; step < 20; step++)
        {
            foreach (var slot in inside.Where(_ => random.Next(4) == 0).ToArray())
            {
                grid.Remove(slot);
                inside.Remove(slot);
                if (random.Next(5) > 0)
                {
                    Place(slot);
                }
            }

            foreach (var size in new[] { 0.001, 0.05, 0.5, 3, 90, 180 })
            {
                var (west, south) = (random.NextDouble() < 0.3 ? 179.9 : 10 + random.NextDouble(), random.NextDouble() < 0.2 ? -90 : 48 + random.NextDouble());
                var east = west + size > 180 ? west + size - 360 : west + size;
                var box = new GeoBox(west, south, size == 180 ? 180 : east, Math.Min(90, south + size));
                var found = new List<int>();
                Assert.True(grid.Find(box, found, int.MaxValue));
                Assert.Equal(inside.Where(slot => box.Contains(slots[slot].Values.Latitude, slots[slot].Values.Longitude)).Order(), found.Order());
                if (found.Count > 1)
                {
                    Assert.False(grid.Find(box, [], found.Count - 1));
                }
            }
        }

        void Place(int slot)
        {
            // A city, the rest of the world, and its edges.
            var (latitude, longitude) = random.Next(10) switch
            {
                0 => (random.NextDouble() * 180 - 90, random.NextDouble() * 360 - 180),
                1 => (random.Next(2) == 0 ? 90d : -90, random.Next(2) == 0 ? 180d : -180),
                _ => (48 + random.NextDouble(), 10 + random.NextDouble()),
            };
            var values = SignalValues.None;
            (values[SignalCatalogue.Latitude], values[SignalCatalogue.Longitude]) = (latitude, longitude);
            slots[slot].Values = CompactSignals.From(in values);
            grid.Add(slot);
            inside.Add(slot);
        }
    }
}
