using System.CommandLine;
using BenchmarkDotNet.Running;

namespace Telematics.Benchmarks;

/// <summary>Hands over to BenchmarkDotNet.</summary>
internal static class BenchmarkDotNetCommand
{
    public static Command Make()
    {
        var arguments = new Argument<string[]>("arguments") { Description = "BenchmarkDotNet's own arguments.", Arity = ArgumentArity.ZeroOrMore };
        var command = new Command("bdn", "Runs BenchmarkDotNet benchmarks.") { arguments };
        command.TreatUnmatchedTokensAsErrors = false;
        command.SetAction(result =>
        {
            BenchmarkSwitcher.FromAssembly(typeof(BenchmarkDotNetCommand).Assembly).Run([.. result.GetValue(arguments) ?? [], .. result.UnmatchedTokens]);
            return 0;
        });
        return command;
    }
}
