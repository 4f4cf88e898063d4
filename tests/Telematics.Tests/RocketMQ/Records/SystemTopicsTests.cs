using Telematics.RocketMQ.Records;
using Xunit;

namespace Telematics.Tests.RocketMQ.Records;

public sealed class SystemTopicsTests
{
    [Theory]
    [InlineData("rmq_sys_wheel_timer")]
    [InlineData("RMQ_SYS_TRACE_TOPIC")]
    [InlineData("SCHEDULE_TOPIC_XXXX")]
    [InlineData("TBW102")]
    public void RocketMQs_own_topics_are_known(string topic) => Assert.True(SystemTopics.Contains(topic));

    [Theory]
    [InlineData("vehicle-event")]
    [InlineData("%RETRY%group")]
    public void Others_are_not(string topic) => Assert.False(SystemTopics.Contains(topic));

    [Fact]
    public void A_name_has_1_to_127_characters_of_RocketMQs()
    {
        Assert.True(SystemTopics.IsName("%RETRY%a|b_C-9"));
        Assert.True(SystemTopics.IsName(new string('a', 127)));
        Assert.False(SystemTopics.IsName(new string('a', 128)));
        Assert.False(SystemTopics.IsName(""));
        Assert.False(SystemTopics.IsName("a b"));
        Assert.False(SystemTopics.IsName("ä"));
        Assert.False(SystemTopics.IsName("a\n"));
    }
}
