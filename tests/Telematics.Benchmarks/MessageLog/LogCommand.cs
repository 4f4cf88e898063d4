using System.CommandLine;

namespace Telematics.Benchmarks.MessageLog;

/// <summary>The message log's measurements.</summary>
internal static class LogCommand
{
    public static Command Make()
    {
        var directory = new Option<DirectoryInfo>("--directory") { Description = "Where the files go; made, and emptied by measurements.", DefaultValueFactory = _ => new DirectoryInfo(Path.Combine(Path.GetTempPath(), "telematics-benchmarks")) };
        var body = new Option<int>("--body") { Description = "Body length in bytes.", DefaultValueFactory = _ => 200 };
        var seconds = new Option<double>("--seconds") { Description = "How long each measurement takes.", DefaultValueFactory = _ => 1.5 };

        var choice = new Command("choice", "Compares SQLite, FasterLog and a raw file.") { directory, body, seconds };
        choice.SetAction(result =>
        {
            result.GetRequiredValue(directory).Create();
            return LogChoice.Run(result.GetRequiredValue(directory).FullName, result.GetRequiredValue(body), TimeSpan.FromSeconds(result.GetRequiredValue(seconds)));
        });

        var engine = new Command("engine", "Measures the embedded log through its port.") { directory, body, seconds };
        engine.SetAction((result, cancellationToken) => LogEngine.RunAsync(
            result.GetRequiredValue(directory).FullName,
            result.GetRequiredValue(body),
            TimeSpan.FromSeconds(result.GetRequiredValue(seconds)),
            cancellationToken));

        var append = new Command("append", "Appends to the log in --directory until killed; prints 'topic-queue offset number' for each acknowledged message.") { directory, body };
        append.SetAction(result => LogAppender.Run(result.GetRequiredValue(directory).FullName, result.GetRequiredValue(body)));
        return new Command("log", "The embedded message log.") { engine, choice, append };
    }
}
