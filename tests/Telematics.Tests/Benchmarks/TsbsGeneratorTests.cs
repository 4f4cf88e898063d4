using System.Diagnostics;
using Xunit;

namespace Telematics.Tests.Benchmarks;

/// <summary>The benchmark's data is TSBS's only as long as it has its proportions; the command <c>tsbs check</c> measures them.</summary>
public sealed class TsbsGeneratorTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("--scale", "100", "--span", "1h", "--seed", "1")]
    [InlineData("--scale", "2000", "--span", "5m", "--seed", "77")]
    public async Task The_generated_points_have_the_proportions_of_TSBS(params string[] options)
    {
        var (code, output) = await RunAsync(["tsbs", "check", .. options]);

        Assert.DoesNotContain("FAIL", output, StringComparison.Ordinal);
        Assert.Equal(0, code);
    }

    [Fact]
    public async Task A_span_that_is_no_duration_is_refused_with_its_value()
    {
        var (code, output) = await RunAsync(["tsbs", "check", "--span", "three"]);

        Assert.Contains("--span must be a number greater than 0 with s, m, h or d, such as 90m, not 'three'", output, StringComparison.Ordinal);
        Assert.Equal(1, code);
    }

    private static async Task<(int Code, string Output)> RunAsync(string[] arguments)
    {
        // The benchmark program lies beside this one under artifacts/bin, and the build makes both.
        var program = Path.Combine(AppContext.BaseDirectory.Replace("Telematics.Tests", "Telematics.Benchmarks", StringComparison.Ordinal), "Telematics.Benchmarks.dll");
        Assert.True(File.Exists(program), $"{program} is missing.");
        using var process = Process.Start(new ProcessStartInfo("dotnet", [program, .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var output = process.StandardOutput.ReadToEndAsync(Cancellation);
        var errors = process.StandardError.ReadToEndAsync(Cancellation);
        await process.WaitForExitAsync(Cancellation);
        return (process.ExitCode, await output + await errors);
    }
}
