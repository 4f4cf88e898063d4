using System.Globalization;
using MQTTnet.Exceptions;
using Xunit;

namespace Telematics.IntegrationTests.Host;

/// <summary>The process is killed with SIGKILL while cars report; what was acknowledged is counted against what is stored.</summary>
public sealed class KillTests
{
    private const int Cars = 20;
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_acknowledged_sample_is_in_the_database_exactly_once_and_nobody_who_stays_away_is_online()
    {
        await using var host = new HostProcess();
        await host.StartAsync(Cancel);
        await using var absent = new MqttCar("absent", host.MqttPort);
        await absent.ConnectAsync(Cancel);
        Assert.True(await absent.ReportAsync(null, Cancel));
        await host.Http.UntilAsync("api/v1/vehicles/absent", answer => (string?)answer["connection"] == "online", Cancel);

        var cars = Enumerable.Range(0, Cars).Select(n => new MqttCar($"car-{n}", host.MqttPort)).ToArray();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        var driving = cars.Select(car => DriveAsync(car, stop.Token)).ToArray();
        for (var kill = 0; kill < 3; kill++)
        {
            await Task.Delay(TimeSpan.FromSeconds(2), Cancel);
            await host.KillAsync();
            await host.StartAsync(Cancel);
        }

        await Task.Delay(TimeSpan.FromSeconds(2), Cancel);
        await stop.CancelAsync();
        await Task.WhenAll(driving);

        foreach (var car in cars)
        {
            Assert.True(car.Acknowledged.Count > 10, $"{car.VehicleId} had only {car.Acknowledged.Count} messages acknowledged.");
            var path = $"api/v1/vehicles/{car.VehicleId}/telemetry?from={Time(car.TimeOf(0))}&to={Time(car.TimeOf(car.LastSeq + 1))}&limit=1000";
            List<string> times = [];
            for (var attempt = 0; attempt < 100 && times.Distinct().Count() < car.Acknowledged.Count; attempt++)
            {
                await Task.Delay(100, Cancel);
                times = [.. (await host.Http.GetAllAsync(path, Cancel)).Select(item => Time(DateTime.Parse((string)item["time"]!, CultureInfo.InvariantCulture, DateTimeStyles.AdjustToUniversal)))];
            }

            var lost = car.Acknowledged.Keys.Where(seq => !times.Contains(Time(car.TimeOf(seq)))).ToList();
            Assert.True(lost.Count == 0, $"{car.VehicleId}: acknowledged but not stored: {string.Join(", ", lost.Take(20))}");
            Assert.Equal(times.Distinct().Count(), times.Count);
            await car.DisposeAsync();
        }

        await host.Http.UntilAsync("api/v1/vehicles/absent", answer => (string?)answer["connection"] == "offline", Cancel, seconds: 30);
    }

    /// <summary>Reports as fast as it is acknowledged; sends again what was not, and connects again when the server is gone.</summary>
    private static async Task DriveAsync(MqttCar car, CancellationToken stop)
    {
        long? again = null;
        while (!stop.IsCancellationRequested)
        {
            try
            {
                if (!car.IsConnected)
                {
                    await car.ConnectAsync(stop);
                }

                var seq = again ?? car.LastSeq + 1;
                again = await car.ReportAsync(again, stop) ? null : seq;
            }
            catch (Exception e) when (e is MqttCommunicationException or OperationCanceledException or InvalidOperationException)
            {
                again = car.LastSeq > 0 && !car.Acknowledged.ContainsKey(car.LastSeq) ? car.LastSeq : null;
                await Task.Delay(50, CancellationToken.None);
            }
        }
    }

    private static string Time(DateTime time) => time.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
}
