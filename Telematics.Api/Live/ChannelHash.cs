namespace Telematics.Api.Live;

/// <summary>FNV-1a over a channel's id. Gateways make these ids at random, so 64 bits tell a car's channels apart.</summary>
internal static class ChannelHash
{
    public static ulong Compute(ReadOnlySpan<char> channelId)
    {
        var hash = 0xCBF2_9CE4_8422_2325UL;
        foreach (var c in channelId)
        {
            hash = (hash ^ c) * 0x0000_0100_0000_01B3UL;
        }

        return hash;
    }
}
