using System.Text;
using Telematics.Storage.Postgres;
using Xunit;

namespace Telematics.Tests.Storage.Postgres;

public sealed class JsonbTextTests
{
    [Theory]
    [InlineData("""{"a":"b"}""", """{"a":"b"}""")]
    [InlineData("""{"a":"x\u0000y"}""", """{"a":"x\ufffdy"}""")]
    [InlineData("""{"a":"\\u0000"}""", """{"a":"\\u0000"}""")]
    [InlineData("""{"a":"\\\u0000"}""", """{"a":"\\\ufffd"}""")]
    [InlineData("""{"a":"\ud83d\ude00"}""", """{"a":"\ud83d\ude00"}""")]
    [InlineData("""{"a":"\ud83d"}""", """{"a":"\ufffd"}""")]
    [InlineData("""{"a":"\ude00\ud83d"}""", """{"a":"\ufffd\ufffd"}""")]
    [InlineData("""{"a":"\ud83d\u0000"}""", """{"a":"\ufffd\ufffd"}""")]
    [InlineData("""{"a":"\n\uD83Dx\u00e4\\"}""", """{"a":"\n\ufffdx\u00e4\\"}""")]
    public void Escapes_that_jsonb_refuses_are_replaced(string json, string expected)
    {
        var bytes = Encoding.UTF8.GetBytes(json);
        JsonbText.Clean(bytes);
        Assert.Equal(expected, Encoding.UTF8.GetString(bytes));
    }
}
