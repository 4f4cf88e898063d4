using Telematics.Gateway.Downlink;
using Telematics.Gateway.Sessions;

namespace Telematics.Gateway.Commands;

/// <summary>An order for one car.</summary>
internal sealed class DirectedWork(OutboundMessage message, bool isOwn) : ILoopWork
{
    /// <inheritdoc/>
    public void Run(SessionLoop loop) => loop.Orders.Direct(message, isOwn);
}

/// <summary>An order for every car.</summary>
internal sealed class BroadcastWork(OutboundMessage message) : ILoopWork
{
    /// <inheritdoc/>
    public void Run(SessionLoop loop) => loop.Orders.Broadcast(message);
}

/// <summary>A car for which an order came is nowhere on this gateway.</summary>
internal sealed class NotHereWork(OutboundMessage message) : ILoopWork
{
    /// <inheritdoc/>
    public void Run(SessionLoop loop) => loop.Orders.ReportNotHere(message);
}

/// <summary>A channel is to be closed.</summary>
internal sealed class CloseChannelWork(int slot, int generation) : ILoopWork
{
    /// <inheritdoc/>
    public void Run(SessionLoop loop) => loop.Orders.CloseChannel(slot, generation);
}

/// <summary>Whatever channel a vehicle holds is to be closed.</summary>
internal sealed class CloseVehicleWork(string vehicleId) : ILoopWork
{
    /// <inheritdoc/>
    public void Run(SessionLoop loop) => loop.Orders.CloseVehicle(vehicleId);
}

/// <summary>A command is withdrawn.</summary>
internal sealed class WithdrawWork(Guid commandId, string? vehicleId) : ILoopWork
{
    /// <inheritdoc/>
    public void Run(SessionLoop loop) => loop.Orders.Withdraw(commandId, vehicleId);
}
