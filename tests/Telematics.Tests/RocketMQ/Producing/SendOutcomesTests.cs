using Telematics.RocketMQ.Producing;
using Telematics.RocketMQ.Remoting;
using Xunit;

namespace Telematics.Tests.RocketMQ.Producing;

public sealed class SendOutcomesTests
{
    [Theory]
    [InlineData(0, (int)SendVerdict.Stored)]
    [InlineData(1, (int)SendVerdict.Suspect)]
    [InlineData(2, (int)SendVerdict.Again)]
    [InlineData(3, (int)SendVerdict.Refused)]
    [InlineData(10, (int)SendVerdict.StoredOnMasterOnly)]
    [InlineData(11, (int)SendVerdict.StoredOnMasterOnly)]
    [InlineData(12, (int)SendVerdict.StoredOnMasterOnly)]
    [InlineData(13, (int)SendVerdict.MessageRefused)]
    [InlineData(14, (int)SendVerdict.Again)]
    [InlineData(16, (int)SendVerdict.Refused)]
    [InlineData(17, (int)SendVerdict.Again)]
    [InlineData(29, (int)SendVerdict.Refused)]
    [InlineData(215, (int)SendVerdict.Again)]
    [InlineData(501, (int)SendVerdict.Again)]
    [InlineData(1500, (int)SendVerdict.Again)]
    [InlineData(4711, (int)SendVerdict.Suspect)]
    public void Every_code_has_its_meaning(int code, int verdict) => Assert.Equal((SendVerdict)verdict, SendOutcomes.Of((ResponseCode)code));

    [Theory]
    [InlineData((int)RemotingFault.CannotConnect, (int)SendVerdict.Again)]
    [InlineData((int)RemotingFault.ConnectionLost, (int)SendVerdict.Unknown)]
    [InlineData((int)RemotingFault.TimedOut, (int)SendVerdict.Unknown)]
    [InlineData((int)RemotingFault.Malformed, (int)SendVerdict.Unknown)]
    [InlineData((int)RemotingFault.Closed, (int)SendVerdict.Unknown)]
    public void So_has_every_missing_answer(int fault, int verdict) => Assert.Equal((SendVerdict)verdict, SendOutcomes.Of((RemotingFault)fault));
}
