using System.Diagnostics;
using Xunit;

namespace Telematics.IntegrationTests.RocketMQ;

/// <summary>A push consumer of RocketMQ's own Java client in a process of its own, compiled here; it prints the body of each message that it consumes.</summary>
internal sealed class JavaGroupMember : IAsyncDisposable
{
    private const string Source = """
        import java.util.List;
        import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
        import org.apache.rocketmq.client.consumer.listener.*;
        import org.apache.rocketmq.common.consumer.ConsumeFromWhere;
        import org.apache.rocketmq.common.message.MessageExt;

        public class GroupMember {
            public static void main(String[] arguments) throws Exception {
                DefaultMQPushConsumer consumer = new DefaultMQPushConsumer(arguments[1]);
                consumer.setNamesrvAddr(arguments[0]);
                consumer.setInstanceName("java-" + System.nanoTime());
                consumer.setConsumeFromWhere(ConsumeFromWhere.CONSUME_FROM_FIRST_OFFSET);
                consumer.subscribe(arguments[2], "*");
                consumer.registerMessageListener((MessageListenerConcurrently) (List<MessageExt> messages, ConsumeConcurrentlyContext context) -> {
                    for (MessageExt message : messages) {
                        System.out.println("consumed " + new String(message.getBody()));
                    }
                    return ConsumeConcurrentlyStatus.CONSUME_SUCCESS;
                });
                consumer.start();
                System.out.println("started");
                while (System.in.read() >= 0) {
                }
                consumer.shutdown();
                System.out.println("ended");
                System.exit(0);
            }
        }
        """;

    private readonly Process _process;
    private readonly string _folder;
    private readonly List<string> _lines = [];

    private JavaGroupMember(Process process, string folder)
    {
        _process = process;
        _folder = folder;
        process.OutputDataReceived += (_, line) => Add(line.Data);
    }

    /// <summary>The bodies consumed so far.</summary>
    public string[] Consumed
    {
        get
        {
            lock (_lines)
            {
                return [.. _lines.Where(line => line.StartsWith("consumed ", StringComparison.Ordinal)).Select(line => line["consumed ".Length..])];
            }
        }
    }

    /// <summary>Compiles and starts it; skips the test where there is no JDK or no folder with the client's jars.</summary>
    public static async Task<JavaGroupMember> StartAsync(RocketMQCluster cluster, string group, string topic)
    {
        var home = RocketMQServers.Home ?? throw RocketMQServers.Skipped("TELEMATICS_TEST_ROCKETMQ_HOME does not name the folder with the Java client's jars in lib.");
        var classPath = Path.Combine(home, "lib", "*");
        var folder = Directory.CreateTempSubdirectory("telematics-java-").FullName;
        await File.WriteAllTextAsync(Path.Combine(folder, "GroupMember.java"), Source);
        try
        {
            using var compiler = Process.Start(new ProcessStartInfo("javac", ["-cp", classPath, "-d", folder, Path.Combine(folder, "GroupMember.java")]) { RedirectStandardError = true })!;
            var errors = await compiler.StandardError.ReadToEndAsync();
            await compiler.WaitForExitAsync();
            Assert.True(compiler.ExitCode == 0, errors);
        }
        catch (System.ComponentModel.Win32Exception fault)
        {
            Assert.Skip($"There is no JDK: {fault.Message}");
        }

        // Ends by itself with our end of its input, also when we are killed.
        var process = Process.Start(new ProcessStartInfo("java", ["-Xmx128m", "-XX:TieredStopAtLevel=1", $"-Duser.home={folder}", "-cp", $"{classPath}:{folder}", "GroupMember", cluster.NameServers, group, topic])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        })!;
        var member = new JavaGroupMember(process, folder);
        process.BeginOutputReadLine();
        await member.UntilAsync("started");
        return member;
    }

    /// <summary>SIGKILL.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
    }

    /// <summary>Leaves its group.</summary>
    public async Task StopAsync()
    {
        _process.StandardInput.Close();
        await _process.WaitForExitAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            await KillAsync();
        }

        _process.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private async Task UntilAsync(string line)
    {
        var watch = Stopwatch.StartNew();
        while (true)
        {
            lock (_lines)
            {
                if (_lines.Contains(line))
                {
                    return;
                }
            }

            Assert.True(watch.Elapsed < TimeSpan.FromSeconds(60) && !_process.HasExited, $"The Java member did not say '{line}'.");
            await Task.Delay(50);
        }
    }

    private void Add(string? line)
    {
        if (line is not null)
        {
            lock (_lines)
            {
                _lines.Add(line);
            }
        }
    }
}
