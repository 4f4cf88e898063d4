namespace Telematics.Simulator.Transport;

/// <summary>What happens to connections.</summary>
internal interface ITransportEvents
{
    /// <summary>The connection is there.</summary>
    void OnConnected(int slot);

    /// <summary>Bytes came; they are good until the call returns.</summary>
    void OnReceived(int slot, ReadOnlySpan<byte> bytes);

    /// <summary>The connection could not be made, or is gone.</summary>
    void OnClosed(int slot, string reason);
}
