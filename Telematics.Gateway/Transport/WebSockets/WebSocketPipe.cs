using System.IO.Pipelines;

namespace Telematics.Gateway.Transport.WebSockets;

/// <summary>
/// A WebSocket's payload as the bytes of a connection: what MQTT reads and writes is in binary frames below. It has no task
/// of its own, and no buffer while nothing is under way: everything is done where the loop reads and flushes.
/// </summary>
internal sealed class WebSocketPipe : IDuplexPipe
{
    private readonly WebSocketReader _input;
    private readonly WebSocketWriter _output;

    /// <param name="transport">The connection's own bytes, from the opening handshake on.</param>
    /// <param name="upgrade">Answers the handshake.</param>
    public WebSocketPipe(IDuplexPipe transport, WebSocketUpgrade upgrade)
    {
        _output = new WebSocketWriter(transport.Output);
        _input = new WebSocketReader(transport.Input, _output, upgrade);
    }

    /// <inheritdoc/>
    public PipeReader Input => _input;

    /// <inheritdoc/>
    public PipeWriter Output => _output;

    /// <summary>Whether the peer did what no WebSocket client of MQTT does; the input has ended there.</summary>
    public bool IsFaulted => _input.IsFaulted;

    /// <summary>The last frame is to follow what was written.</summary>
    public void End() => _output.End(WebSocketCloseCode.Normal);
}
