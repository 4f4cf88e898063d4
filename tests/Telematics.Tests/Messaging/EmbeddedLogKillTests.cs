using System.Diagnostics;
using System.Globalization;
using Xunit;

namespace Telematics.Tests.Messaging;

/// <summary>A real process that appends is killed (SIGKILL); what it acknowledged must be there.</summary>
public sealed class EmbeddedLogKillTests : IDisposable
{
    private const int Rounds = 3;
    private readonly EmbeddedLogFolder _folder = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task What_a_killed_process_acknowledged_is_there_once_and_in_order()
    {
        var acknowledged = new List<(int Round, int Queue, long Offset, long Number)>();
        for (var round = 0; round < Rounds; round++)
        {
            acknowledged.AddRange(await AppendUntilKilledAsync(round, 15_000));
        }

        await using var log = _folder.Open();
        var stored = new Dictionary<(int Queue, long Offset), (string Instance, long Number)>();
        foreach (var queue in log.GetQueues("crash"))
        {
            var numbers = new Dictionary<(string Instance, string Key), long>();
            foreach (var message in await log.ReadAllAsync(queue, Cancellation, maxMessages: 1000))
            {
                var instance = Convert.ToHexString(message.ProducerInstance);
                var number = long.Parse(message.Body.AsSpan(0, 12), CultureInfo.InvariantCulture);
                Assert.True(number > numbers.GetValueOrDefault((instance, message.Key), -1), "Repeated or out of order.");
                numbers[(instance, message.Key)] = number;
                stored.Add((queue.Index, message.Offset), (instance, number));
            }
        }

        Assert.Equal(Rounds, stored.Values.Select(message => message.Instance).Distinct().Count());
        Assert.All(acknowledged, message => Assert.Equal(message.Number, stored[(message.Queue, message.Offset)].Number));
        Assert.Equal(0, _folder.Lines.Count(6007));
    }

    private async Task<List<(int Round, int Queue, long Offset, long Number)>> AppendUntilKilledAsync(int round, int lines)
    {
        // The benchmark program lies beside this one under artifacts/bin, and the build makes both.
        var program = Path.Combine(AppContext.BaseDirectory.Replace("Telematics.Tests", "Telematics.Benchmarks", StringComparison.Ordinal), "Telematics.Benchmarks.dll");
        Assert.True(File.Exists(program), $"{program} is missing.");
        var start = new ProcessStartInfo("dotnet", [program, "log", "append", "--directory", _folder.Options.Directory]) { RedirectStandardOutput = true };
        using var process = Process.Start(start)!;
        var acknowledged = new List<(int, int, long, long)>();
        try
        {
            while (await process.StandardOutput.ReadLineAsync(Cancellation) is { } line)
            {
                var parts = line.Split(' ');
                if (parts.Length == 3)
                {
                    acknowledged.Add((round, int.Parse(parts[0], CultureInfo.InvariantCulture), long.Parse(parts[1], CultureInfo.InvariantCulture), long.Parse(parts[2], CultureInfo.InvariantCulture)));
                }

                if (acknowledged.Count >= lines)
                {
                    break;
                }
            }
        }
        finally
        {
            process.Kill();
            await process.WaitForExitAsync(CancellationToken.None);
        }

        Assert.Equal(lines, acknowledged.Count);
        return acknowledged;
    }
}
