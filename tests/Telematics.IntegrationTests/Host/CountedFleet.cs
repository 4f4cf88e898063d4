using System.Globalization;
using MQTTnet.Exceptions;
using Xunit;

namespace Telematics.IntegrationTests.Host;

/// <summary>Cars that report as fast as they are acknowledged, whatever happens to the server; and the count afterwards.</summary>
internal sealed class CountedFleet : IAsyncDisposable
{
    private readonly HttpClient _http;
    private readonly CancellationToken _cancel;
    private readonly CancellationTokenSource _stop;
    private readonly MqttCar[] _cars;
    private readonly Task[] _driving;

    public CountedFleet(HostProcess host, int cars, CancellationToken cancellationToken)
    {
        _http = host.Http;
        _cancel = cancellationToken;
        _stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        _cars = [.. Enumerable.Range(0, cars).Select(n => new MqttCar($"car-{n}", host.MqttPort))];
        _driving = [.. _cars.Select(car => DriveAsync(car, _stop.Token))];
    }

    /// <summary>Messages acknowledged so far.</summary>
    public int Acknowledged => _cars.Sum(car => car.Acknowledged.Count);

    /// <summary>Every acknowledged sample is stored, and each stored one once.</summary>
    public async Task StopAndCountAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAll(_driving);
        foreach (var car in _cars)
        {
            Assert.True(car.Acknowledged.Count > 10, $"{car.VehicleId} had only {car.Acknowledged.Count} messages acknowledged.");
            var path = $"api/v1/vehicles/{car.VehicleId}/telemetry?from={Time(car.TimeOf(0))}&to={Time(car.TimeOf(car.LastSeq + 1))}&limit=1000";
            List<string> times = [];
            for (var attempt = 0; attempt < 100 && times.Distinct().Count() < car.Acknowledged.Count; attempt++)
            {
                await Task.Delay(100, _cancel);
                if (!await IsKnownAsync(car))
                {
                    continue; // its first report is still on its way
                }

                times = [.. (await _http.GetAllAsync(path, _cancel)).Select(item => Time(DateTime.Parse((string)item["time"]!, CultureInfo.InvariantCulture, DateTimeStyles.AdjustToUniversal)))];
            }

            var lost = car.Acknowledged.Keys.Where(seq => !times.Contains(Time(car.TimeOf(seq)))).ToList();
            Assert.True(lost.Count == 0, $"{car.VehicleId}: acknowledged but not stored: {string.Join(", ", lost.Take(20))}");
            Assert.Equal(times.Distinct().Count(), times.Count);
        }
    }

    private async Task<bool> IsKnownAsync(MqttCar car)
    {
        using var answer = await _http.GetAsync(new Uri($"api/v1/vehicles/{car.VehicleId}", UriKind.Relative), _cancel);
        return answer.IsSuccessStatusCode;
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAll(_driving);
        foreach (var car in _cars)
        {
            await car.DisposeAsync();
        }

        _stop.Dispose();
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
