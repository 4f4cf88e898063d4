using Telematics.Contracts.Telemetry;
using Telematics.Simulator.Driving;
using Xunit;

namespace Telematics.Tests.Simulator.Driving;

public sealed class DriveTests
{
    private const int Hour = 3_600_000;

    [Fact]
    public void Distance_is_the_integral_of_speed()
    {
        for (var car = 1; car <= 10; car++)
        {
            var drive = new Drive(seed: 7, car);
            var before = Sample(drive, 0);
            var integral = 0.0;
            var speed = before[SignalCatalogue.Speed] / 3.6;
            for (var time = 250; time <= Hour / 2; time += 250)
            {
                // Within a step acceleration is constant, so the trapezium is exact.
                var next = Sample(drive, time)[SignalCatalogue.Speed] / 3.6;
                integral += (speed + next) / 2 * 0.25;
                speed = next;
            }

            var travelled = Sample(drive, Hour / 2)[SignalCatalogue.TraveledDistance] - before[SignalCatalogue.TraveledDistance];
            Assert.InRange(travelled - integral, -1.01, 1.01); // both odometer readings are whole metres
        }
    }

    [Fact]
    public void Position_moves_by_what_speed_and_heading_say()
    {
        var drive = new Drive(seed: 7, carNumber: 3);
        var before = Sample(drive, 0);
        for (var time = 1_000; time < Hour; time += 1_000)
        {
            var now = Sample(drive, time);
            var north = (now[SignalCatalogue.Latitude] - before[SignalCatalogue.Latitude]) * 111_320;
            var east = (now[SignalCatalogue.Longitude] - before[SignalCatalogue.Longitude]) * 111_320 * Math.Cos(before[SignalCatalogue.Latitude] * Math.PI / 180);
            var moved = Math.Sqrt((north * north) + (east * east));
            var mean = (now[SignalCatalogue.Speed] + before[SignalCatalogue.Speed]) / 2 / 3.6;
            Assert.InRange(moved - mean, -0.1, 0.1);
            if (moved > 2)
            {
                var direction = Math.Atan2(east, north) * 180 / Math.PI;
                var turned = Math.IEEERemainder(now[SignalCatalogue.Heading] - before[SignalCatalogue.Heading], 360);
                Assert.InRange(Math.IEEERemainder(direction - before[SignalCatalogue.Heading] - (turned / 2), 360), -3, 3);
            }

            before = now;
        }
    }

    [Fact]
    public void Every_value_is_in_its_range_and_moves_as_a_car_can()
    {
        for (var car = 1; car <= 40; car++)
        {
            var drive = new Drive(seed: 11, car);
            var last = Sample(drive, 0)[SignalCatalogue.Speed];
            for (var time = 1_000; time < Hour; time += 1_000)
            {
                var values = Sample(drive, time);
                var reported = 0;
                foreach (var signal in SignalCatalogue.Signals)
                {
                    var value = values[signal.Index];
                    if (!double.IsNaN(value))
                    {
                        reported++;
                        Assert.True(value >= signal.Min && value <= signal.Max, $"{signal.Path} is {value}");
                    }
                }

                Assert.InRange(reported, 17, 22);
                Assert.InRange((values[SignalCatalogue.Speed] - last) / 3.6, -2.51, 1.81);
                Assert.InRange(values[SignalCatalogue.Speed], 0, 120.01);
                last = values[SignalCatalogue.Speed];
            }
        }
    }

    [Fact]
    public void A_fleet_drives_turns_stands_and_takes_in_energy()
    {
        var modes = new HashSet<DriveMode>();
        var turns = 0;
        var moving = 0;
        for (var car = 1; car <= 100; car++)
        {
            var drive = new Drive(seed: 5, car);
            for (var time = 0; time < Hour; time += 10_000)
            {
                var values = Sample(drive, time);
                modes.Add(drive.Mode);
                moving += values[SignalIndex.IsMoving] > 0 ? 1 : 0;
                turns += Math.Abs(values[SignalIndex.AccelerationLateral]) > 0.5 ? 1 : 0;
            }
        }

        Assert.Equal([DriveMode.Parked, DriveMode.Charging, DriveMode.Driving], modes.Order());
        Assert.InRange(moving, 100 * 360 / 4, 100 * 360);
        Assert.True(turns > 300, $"{turns} samples in a turn");
    }

    [Fact]
    public void A_battery_falls_with_distance_and_rises_at_a_charger()
    {
        var fell = 0;
        var rose = 0;
        for (var car = 1; car <= 30; car++)
        {
            var drive = new Drive(seed: 2, car);
            if (!drive.IsElectric)
            {
                continue;
            }

            var mode = drive.Mode;
            var start = Sample(drive, 0);
            for (var time = 1_000; time < 3 * Hour; time += 1_000)
            {
                var now = Sample(drive, time);
                if (drive.Mode == mode)
                {
                    continue;
                }

                // A trip or a charging is over.
                var charge = now[SignalCatalogue.StateOfCharge] - start[SignalCatalogue.StateOfCharge];
                var kilometers = (now[SignalCatalogue.TraveledDistance] - start[SignalCatalogue.TraveledDistance]) / 1_000;
                if (mode == DriveMode.Driving && kilometers > 3)
                {
                    // 60 kWh: 8 to 40 kWh for 100 km.
                    Assert.InRange(-charge * 0.6 / kilometers * 100, 8, 40);
                    fell++;
                }
                else if (mode == DriveMode.Charging)
                {
                    Assert.True(charge > 0);
                    Assert.Equal(0, kilometers, 0.01);
                    rose++;
                }

                (mode, start) = (drive.Mode, now);
            }
        }

        Assert.True(fell > 15 && rose > 3, $"{fell} trips, {rose} charges");
    }

    [Fact]
    public void A_car_drives_the_same_way_however_often_it_is_asked()
    {
        var often = new Drive(seed: 42, carNumber: 9);
        var seldom = new Drive(seed: 42, carNumber: 9);
        for (var time = 0; time <= Hour; time += 100)
        {
            Sample(often, time);
        }

        var expected = Sample(seldom, Hour);
        var actual = Sample(often, Hour);
        Assert.Equal(((ReadOnlySpan<double>)expected).ToArray(), ((ReadOnlySpan<double>)actual).ToArray());
    }

    [Fact]
    public void Cars_and_seeds_differ()
    {
        var places = new HashSet<(double, double)>();
        for (var car = 1; car <= 50; car++)
        {
            for (var seed = 0; seed < 4; seed++)
            {
                var values = Sample(new Drive(seed, car), 600_000);
                Assert.True(places.Add((values[SignalCatalogue.Latitude], values[SignalCatalogue.Longitude])));
            }
        }
    }

    [Fact]
    public void A_speed_limit_is_braked_down_to_and_kept()
    {
        var drive = new Drive(seed: 3, carNumber: 4);
        var time = 0;
        while (Sample(drive, time)[SignalCatalogue.Speed] < 60)
        {
            time += 1_000;
        }

        drive.SpeedLimit = 30 / 3.6;
        time += 10_000;
        Sample(drive, time);
        for (var end = time + Hour; time < end; time += 500)
        {
            Assert.InRange(Sample(drive, time)[SignalCatalogue.Speed], 0, 30.001);
        }
    }

    private static SignalValues Sample(Drive drive, long time)
    {
        var values = default(SignalValues);
        drive.AdvanceTo(time);
        drive.Sample(time, ref values);
        return values;
    }
}
