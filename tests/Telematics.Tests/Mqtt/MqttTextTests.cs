using System.Text;
using Telematics.Mqtt;
using Xunit;

namespace Telematics.Tests.Mqtt;

public sealed class MqttTextTests
{
    [Theory]
    [InlineData("", true)]
    [InlineData("41EFBBBF42", true)] // U+FEFF is an ordinary character [MQTT-1.5.4-3]
    [InlineData("F09F9A97", true)]
    [InlineData("0041", false)] // [MQTT-1.5.4-2]
    [InlineData("EDA080", false)] // a surrogate [MQTT-1.5.4-1]
    [InlineData("C080", false)] // U+0000 in two bytes
    [InlineData("F4908080", false)] // beyond U+10FFFF
    [InlineData("E282", false)]
    public void Well_formed_is_what_the_specification_says(string hex, bool expected) =>
        Assert.Equal(expected, MqttText.IsWellFormed(Convert.FromHexString(hex)));

    [Theory]
    [InlineData("plain/ä/車", false)]
    [InlineData("\u0001", true)]
    [InlineData("a\u001f", true)]
    [InlineData("a\u007f", true)]
    [InlineData("ab\u0080", true)]
    [InlineData("ab\u009f", true)]
    [InlineData("ab\u00a0\u00bf", false)]
    [InlineData("\u00a0\u0085", true)]
    public void Control_characters_are_found(string text, bool expected) =>
        Assert.Equal(expected, MqttText.ContainsControlCharacters(Encoding.UTF8.GetBytes(text)));
}
