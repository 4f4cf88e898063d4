using Telematics.Gateway;
using Telematics.Gateway.Sessions;
using Telematics.Gateway.Transport;
using Xunit;

namespace Telematics.Tests.Gateway;

public sealed class PlainTransportTests
{
    [Theory]
    [InlineData(GatewayTransport.Auto, true, true)]
    [InlineData(GatewayTransport.Auto, false, false)]
    [InlineData(GatewayTransport.Kestrel, true, false)]
    [InlineData(GatewayTransport.Epoll, true, true)]
    public void It_is_epoll_where_it_works_unless_set(GatewayTransport option, bool isSupported, bool isEpoll) =>
        Assert.Equal(isEpoll, PlainTransport.Choose(option, isSupported).IsEpoll);

    [Theory]
    [InlineData(0, 0, 1)]
    [InlineData(255, 4_194_303, 0x3FFF_FFFF)]
    [InlineData(200, 77, 12_345)]
    public void An_owner_names_every_loop_slot_and_generation(int loop, int slot, int generation)
    {
        var owner = new AppendOwner(AppendClass.System, loop, slot, generation);
        Assert.Equal(owner, AppendOwner.FromInt64(owner.ToInt64()));
    }
}
