using System.Text;

namespace Telematics.IntegrationTests.RocketMQ;

/// <summary>
/// RocketMQ's <c>mqadmin</c> in one process for all commands, one after the other: a start takes it seconds, a command
/// milliseconds. Without TLS and without a user, since it reads those when it starts.
/// </summary>
internal sealed class AdminTool
{
    // An argument holds neither; an answer is one line.
    private const char ArgumentEnd = '\u0001';

    private const string Source = """
        import java.io.*;
        import java.nio.charset.StandardCharsets;
        import java.util.Base64;
        import org.apache.rocketmq.tools.command.MQAdminStartup;

        public class AdminTool {
            public static void main(String[] arguments) throws Exception {
                PrintStream answers = System.out;
                BufferedReader commands = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
                for (String command; (command = commands.readLine()) != null; ) {
                    ByteArrayOutputStream output = new ByteArrayOutputStream();
                    PrintStream printed = new PrintStream(output, true, "UTF-8");
                    System.setOut(printed);
                    System.setErr(printed);
                    Commands.forget(); // they are made anew: some cannot run twice
                    try {
                        MQAdminStartup.main0(command.split("\u0001"), null);
                    } catch (Throwable fault) {
                        fault.printStackTrace();
                    }
                    answers.println(Base64.getEncoder().encodeToString(output.toByteArray()));
                    answers.flush();
                }
                System.exit(0);
            }

            static class Commands extends MQAdminStartup {
                static void forget() {
                    SUB_COMMANDS.clear();
                }
            }
        }
        """;

    private static readonly Lazy<Task<AdminTool?>> Shared = new(StartAsync);

    private readonly SemaphoreSlim _turn = new(1);
    private readonly JavaProgram _program;

    private AdminTool(JavaProgram program) => _program = program;

    /// <summary>The one of all tests; null where there is no JDK.</summary>
    public static Task<AdminTool?> GetAsync() => Shared.Value;

    /// <summary>Runs a command; answers what it printed, faults too.</summary>
    public async Task<string> RunAsync(IReadOnlyList<string> arguments)
    {
        await _turn.WaitAsync();
        try
        {
            await _program.Process.StandardInput.WriteLineAsync(string.Join(ArgumentEnd, arguments));
            await _program.Process.StandardInput.FlushAsync();
            var answer = await _program.Process.StandardOutput.ReadLineAsync() ?? throw new InvalidOperationException("mqadmin's process has ended.");
            return Encoding.UTF8.GetString(Convert.FromBase64String(answer));
        }
        finally
        {
            _turn.Release();
        }
    }

    // Not disposed of: it ends with our end of its input.
    private static async Task<AdminTool?> StartAsync() => await JavaProgram.TryStartAsync(nameof(AdminTool), Source) is { } program ? new AdminTool(program) : null;
}
