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
                consumer.setMqClientApiTimeout(30000); // on a machine that is busy with other tests
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

    private readonly JavaProgram _program;
    private readonly List<string> _lines = [];

    private JavaGroupMember(JavaProgram program)
    {
        _program = program;
        program.Process.OutputDataReceived += (_, line) => Add(line.Data);
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
        var program = await JavaProgram.TryStartAsync("GroupMember", Source, cluster.NameServers, group, topic)
            ?? throw RocketMQServers.Skipped("There is no JDK, or TELEMATICS_TEST_ROCKETMQ_HOME does not name the folder with the Java client's jars in lib.");
        var member = new JavaGroupMember(program);
        program.Process.BeginOutputReadLine();
        await member.UntilAsync("started");
        return member;
    }

    /// <summary>SIGKILL.</summary>
    public Task KillAsync() => _program.KillAsync();

    public ValueTask DisposeAsync() => _program.DisposeAsync();

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

            Assert.True(watch.Elapsed < TimeSpan.FromSeconds(60) && !_program.Process.HasExited, $"The Java member did not say '{line}'.");
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
