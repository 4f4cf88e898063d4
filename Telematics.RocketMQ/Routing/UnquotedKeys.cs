namespace Telematics.RocketMQ.Routing;

/// <summary>RocketMQ writes maps with numeric keys as <c>{0:"…"}</c>, which is no JSON.</summary>
internal static class UnquotedKeys
{
    /// <summary>The text with digits quoted where a key stands: after <c>{</c> or <c>,</c> and before <c>:</c>.</summary>
    public static byte[] Quote(ReadOnlySpan<byte> json)
    {
        var quoted = new List<byte>(json.Length + 16);
        var isText = false;
        byte before = 0;
        for (var i = 0; i < json.Length; i++)
        {
            var sign = json[i];
            if (isText)
            {
                quoted.Add(sign);
                if (sign == '\\' && i + 1 < json.Length)
                {
                    quoted.Add(json[++i]);
                }

                isText = sign != '"';
            }
            else if (before is (byte)'{' or (byte)',' && KeyLength(json[i..]) is > 0 and var length)
            {
                quoted.Add((byte)'"');
                quoted.AddRange(json.Slice(i, length));
                quoted.Add((byte)'"');
                i += length - 1;
                before = sign;
            }
            else
            {
                quoted.Add(sign);
                isText = sign == '"';
                before = sign is (byte)' ' or (byte)'\n' or (byte)'\r' or (byte)'\t' ? before : sign;
            }
        }

        return [.. quoted];
    }

    // 0: no digits, or not before a colon (a number in a list).
    private static int KeyLength(ReadOnlySpan<byte> rest)
    {
        var end = rest.IndexOfAnyExceptInRange((byte)'0', (byte)'9');
        return end > 0 && rest[end] == ':' ? end : 0;
    }
}
