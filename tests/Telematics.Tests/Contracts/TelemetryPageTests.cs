using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Telematics.Contracts.Telemetry;
using Telematics.Tests.Architecture;
using Xunit;

namespace Telematics.Tests.Contracts;

/// <summary>docs/telemetry.md shows bytes and numbers: they are these.</summary>
public sealed class TelemetryPageTests
{
    private static readonly string Page = File.ReadAllText(Path.Combine(Repository.Root, "docs/telemetry.md"));

    [Fact]
    public void The_page_shows_the_json_form() => Assert.Contains($"```json\n{Telemetry20.Json}\n```", Page, StringComparison.Ordinal);

    [Fact]
    public void The_page_shows_the_protobuf_form()
    {
        var hex = Convert.ToHexStringLower(Telemetry20.ProtobufBytes);
        var lines = Enumerable.Range(0, (hex.Length + 63) / 64).Select(i => string.Join(' ', Pairs(hex.Substring(i * 64, Math.Min(64, hex.Length - (i * 64))))));
        Assert.Contains($"```text\n{string.Join('\n', lines)}\n```", Page, StringComparison.Ordinal);

        static IEnumerable<string> Pairs(string text) => Enumerable.Range(0, text.Length / 2).Select(i => text.Substring(i * 2, 2));
    }

    [Fact]
    public void The_page_counts_the_bytes()
    {
        Assert.Contains($"| one sample of 20 signals | {Telemetry20.JsonBytes.Length} | {Telemetry20.ProtobufBytes.Length} |", Page, StringComparison.Ordinal);
        var batch = CreateBatch(100);
        Assert.Contains($"| 100 such samples, one every 10 s | {batch.Length} | {Telemetry20.ToProtobuf(batch).Length} |", Page, StringComparison.Ordinal);
    }

    [Fact]
    public void The_page_lists_every_signal_with_its_unit_range_and_resolution()
    {
        foreach (var signal in SignalCatalogue.Signals)
        {
            var row = signal.Type switch
            {
                SignalType.Boolean => $"| `{signal.Path}` | {ProtobufFields.Of(signal.Index)} | | true, false | |",
                SignalType.Label => $"| `{signal.Path}` | {ProtobufFields.Of(signal.Index)} | | {string.Join(", ", signal.Labels)} | |",
                _ => FormattableString.Invariant($"| `{signal.Path}` | {ProtobufFields.Of(signal.Index)} | {signal.Unit} | {signal.Min} to {signal.Max} | {1m / signal.Scale:0.#######} |"),
            };
            Assert.Contains(row.Replace("|  |", "| |", StringComparison.Ordinal), Page, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void The_page_names_the_limits()
    {
        foreach (var limit in new[] { TelemetryLimits.MaxSamples, TelemetryLimits.MaxSignals, TelemetryLimits.MaxPathLength, TelemetryLimits.MaxDepth })
        {
            Assert.Contains(limit.ToString("N0", CultureInfo.InvariantCulture), Page, StringComparison.Ordinal);
        }

        Assert.Contains("16 MiB", Page, StringComparison.Ordinal);
        Assert.Equal(16 * 1024 * 1024, TelemetryLimits.MaxBodyLength);
    }

    [Fact]
    public void Every_json_example_of_the_page_decodes()
    {
        var examples = Regex.Matches(Page, "```json\n(.*?)\n```", RegexOptions.Singleline);
        Assert.True(examples.Count >= 2, "the page has examples");
        foreach (Match example in examples)
        {
            Telemetry20.Decode(Encoding.UTF8.GetBytes(example.Groups[1].Value));
        }
    }

    private static byte[] CreateBatch(int count)
    {
        var start = new DateTime(2026, 11, 24, 15, 4, 5, 250, DateTimeKind.Utc);
        var signals = Telemetry20.Json[Telemetry20.Json.IndexOf("\"Vehicle", StringComparison.Ordinal)..^1];
        var samples = Enumerable.Range(0, count).Select(i => $$"""{"time":"{{start.AddSeconds(10 * i):yyyy-MM-dd'T'HH:mm:ss.fff'Z'}}",{{signals}}}""");
        return Encoding.UTF8.GetBytes($$"""{"boot":1764000000,"seq":42,"samples":[{{string.Join(',', samples)}}]}""");
    }
}
