using System.Buffers.Binary;
using System.Net.Security;
using System.Net.Sockets;
using System.Text.Json;

namespace Telematics.Tests.RocketMQ;

/// <summary>One connection of a <see cref="FakePeer"/>.</summary>
internal sealed class FakeConnection(Socket socket, int number, SslStreamCertificateContext? certificate)
{
    private readonly SemaphoreSlim _writing = new(1);
    private int _isClosed;
    private Stream _stream = new NetworkStream(socket, ownsSocket: true);

    public int Number => number;

    /// <summary>Gives each frame to <paramref name="received"/> until the connection ends.</summary>
    public async Task RunAsync(Action<FakeRequest> received)
    {
        try
        {
            if (certificate is not null)
            {
                var tls = new SslStream(_stream);
                await tls.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificateContext = certificate });
                _stream = tls;
            }

            var length = new byte[4];
            while (true)
            {
                await _stream.ReadExactlyAsync(length);
                var frame = new byte[4 + BinaryPrimitives.ReadInt32BigEndian(length)];
                length.CopyTo(frame, 0);
                await _stream.ReadExactlyAsync(frame.AsMemory(4));
                received(new(this, frame));
            }
        }
        catch (Exception fault) when (fault is IOException or ObjectDisposedException or System.Security.Authentication.AuthenticationException)
        {
            Close();
        }
    }

    public async Task AnswerAsync(int opaque, FakeAnswer answer)
    {
        await answer.After;
        await SendAsync(Encode((int)answer.Code, opaque + answer.OpaqueShift, 1, answer.Remark, answer.Fields, answer.Body), answer.PieceLength, answer.CloseAfterBytes);
    }

    public async Task SendAsync(byte[] frame, int pieceLength = 0, int? closeAfterBytes = null)
    {
        await _writing.WaitAsync();
        try
        {
            var rest = frame.AsMemory(0, closeAfterBytes ?? frame.Length);
            while (!rest.IsEmpty)
            {
                var piece = rest[..(pieceLength == 0 ? rest.Length : Math.Min(pieceLength, rest.Length))];
                await _stream.WriteAsync(piece);
                await _stream.FlushAsync();
                rest = rest[piece.Length..];
                if (pieceLength > 0)
                {
                    await Task.Yield();
                }
            }

            if (closeAfterBytes is not null)
            {
                Close();
            }
        }
        catch (Exception fault) when (fault is IOException or ObjectDisposedException)
        {
            // The client is gone already.
        }
        finally
        {
            _writing.Release();
        }
    }

    public void Close()
    {
        if (Interlocked.Exchange(ref _isClosed, 1) == 1)
        {
            return; // by both ends at once
        }

        // Without waiting for what is still to be sent or read: as when the process dies.
        socket.LingerState = new LingerOption(true, 0);
        socket.Dispose();
    }

    public static byte[] Encode(int code, int opaque, int flag, string? remark, IReadOnlyDictionary<string, string> fields, byte[] body)
    {
        var header = JsonSerializer.SerializeToUtf8Bytes(new { code, extFields = fields, flag, language = "JAVA", opaque, remark, serializeTypeCurrentRPC = "JSON", version = 513 });
        var frame = new byte[8 + header.Length + body.Length];
        BinaryPrimitives.WriteInt32BigEndian(frame, frame.Length - 4);
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(4), header.Length);
        header.CopyTo(frame, 8);
        body.CopyTo(frame, 8 + header.Length);
        return frame;
    }
}
