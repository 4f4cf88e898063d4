using System.CommandLine;
using Telematics.Gateway;

namespace Telematics.Benchmarks.Gateway;

/// <summary><c>gateway</c>: CPU of the gateway for a publish, and memory of an idle connection, on each of its transports.</summary>
internal static class GatewayCommand
{
    public static Command Make()
    {
        var connections = new Option<int>("--connections") { Description = "Connections that publish, each with one message under way.", DefaultValueFactory = _ => 4_000 };
        var payload = new Option<int>("--payload") { Description = "Bytes of a message.", DefaultValueFactory = _ => 120 };
        var seconds = new Option<int>("--seconds") { Description = "How long it is measured.", DefaultValueFactory = _ => 10 };
        var idle = new Option<int>("--idle") { Description = "Connections whose memory is measured; 0 measures none.", DefaultValueFactory = _ => 15_000 };
        var transport = new Option<GatewayTransport[]>("--transport") { Description = "Which transports.", DefaultValueFactory = _ => [GatewayTransport.Epoll, GatewayTransport.Kestrel], AllowMultipleArgumentsPerToken = true };
        var command = new Command("gateway", "The gateway on a log that answers at once, in a process of its own: CPU for a publish, memory of an idle connection.") { connections, payload, seconds, idle, transport, MakeServe() };
        command.SetAction(async (result, cancellationToken) =>
        {
            foreach (var one in result.GetRequiredValue(transport))
            {
                await GatewayRun.PublishAsync(one, result.GetValue(connections), result.GetValue(payload), TimeSpan.FromSeconds(result.GetValue(seconds)), cancellationToken);
                if (result.GetValue(idle) is > 0 and var count)
                {
                    await GatewayRun.IdleAsync(one, count, cancellationToken);
                }
            }
        });
        return command;
    }

    private static Command MakeServe()
    {
        var transport = new Option<GatewayTransport>("--transport");
        var serve = new Command("serve", "The gateway's own process.") { transport };
        serve.Hidden = true;
        serve.SetAction((result, cancellationToken) => GatewayProcess.ServeAsync(result.GetValue(transport), cancellationToken));
        return serve;
    }
}
