using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Telematics.RocketMQ;
using Telematics.RocketMQ.Remoting;
using Telematics.RocketMQ.Routing;

namespace Telematics.Tests.RocketMQ;

/// <summary>A client with a table of routes, ready to be pointed at <see cref="FakePeer"/>s.</summary>
internal sealed class RemotingHarness : IAsyncDisposable
{
    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().BuildServiceProvider();

    public RemotingHarness(RocketMQOptions options, TimeProvider? time = null)
    {
        Options = options;
        Time = time ?? TimeProvider.System;
        var wrapped = Microsoft.Extensions.Options.Options.Create(options);
        Client = new(wrapped, Time, NullLogger<RemotingClient>.Instance, new RemotingMetrics(MeterFactory));
        NameServers = new(Client, wrapped, NullLogger<NameServers>.Instance);
        Routes = new(NameServers, Time, NullLogger<RouteTable>.Instance);
    }

    public RemotingHarness(FakePeer nameServer, TimeProvider? time = null)
        : this(new RocketMQOptions { NameServers = nameServer.Address }, time)
    {
    }

    public RocketMQOptions Options { get; }

    public TimeProvider Time { get; }

    public IMeterFactory MeterFactory => _services.GetRequiredService<IMeterFactory>();

    public RemotingClient Client { get; }

    public NameServers NameServers { get; }

    public RouteTable Routes { get; }

    public async ValueTask DisposeAsync()
    {
        await Routes.DisposeAsync();
        await Client.DisposeAsync();
        await _services.DisposeAsync();
    }
}
