using System.Globalization;
using System.Text;
using Telematics.Messaging;

namespace Telematics.Benchmarks.MessageLog;

/// <summary>Appends numbered messages and tells on standard output which were acknowledged, until somebody kills the process.</summary>
internal static class LogAppender
{
    public const string Topic = "crash";
    private const int Keys = 20;

    public static int Run(string directory, int bodyLength)
    {
        using var log = BenchmarkLog.Open(directory);
        log.DeclareTopicAsync(new TopicDeclaration(Topic), CancellationToken.None).AsTask().GetAwaiter().GetResult();
        var producer = log.GetProducer(Topic);
        var sink = new PrintingSink();
        var body = new byte[bodyLength];
        Span<byte> key = stackalloc byte[16];
        for (var number = 0L; ; number++)
        {
            Encoding.ASCII.TryGetBytes(number.ToString("D12", CultureInfo.InvariantCulture), body, out _);
            Encoding.ASCII.TryGetBytes((number % Keys).ToString("D2", CultureInfo.InvariantCulture), key, out var keyLength);
            while (producer.Append(new OutgoingMessage { Key = key[..keyLength], Body = body }, sink, new AppendToken(0, number)) == AppendAdmission.BudgetUsedUp)
            {
                sink.WaitForOutcomes();
            }
        }
    }

    private sealed class PrintingSink : IAppendSink
    {
        private readonly Stream _output = Console.OpenStandardOutput();
        private readonly StringBuilder _lines = new();
        private readonly AutoResetEvent _outcomes = new(false);

        public void OnOutcomes(ReadOnlySpan<AppendOutcome> outcomes)
        {
            foreach (ref readonly var outcome in outcomes)
            {
                _lines.Append(CultureInfo.InvariantCulture, $"{outcome.QueueIndex} {outcome.Offset} {outcome.Token.Item}\n");
            }

            _output.Write(Encoding.ASCII.GetBytes(_lines.ToString()));
            _output.Flush();
            _lines.Clear();
            _outcomes.Set();
        }

        public void WaitForOutcomes() => _outcomes.WaitOne();
    }
}
