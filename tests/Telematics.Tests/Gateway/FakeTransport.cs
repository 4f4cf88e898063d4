using Telematics.Gateway.Sessions;

namespace Telematics.Tests.Gateway;

/// <summary>Sockets without a network: what the engine sends is kept, and clients read it when the test says so.</summary>
internal sealed class FakeTransport : ILoopTransport
{
    private readonly Dictionary<int, TestClient> _clients = [];
    private readonly List<TestClient> _resumed = [];

    public void Bind(int slot, TestClient client) => _clients[slot] = client;

    public int Send(int slot, ReadOnlySpan<byte> bytes) => _clients[slot].OnSent(bytes);

    public void PauseReading(int slot) => _clients[slot].IsPaused = true;

    public void ResumeReading(int slot)
    {
        _clients[slot].IsPaused = false;
        _resumed.Add(_clients[slot]);
    }

    public void Close(int slot, bool abort)
    {
        _clients[slot].OnClosedByServer(abort);
        _clients.Remove(slot);
    }

    public void Forget(int slot) => _clients.Remove(slot);

    /// <summary>Hands in what resumed clients had waiting.</summary>
    public bool ReadResumed()
    {
        var resumed = _resumed.ToArray();
        _resumed.Clear();
        foreach (var client in resumed)
        {
            client.ReadOn();
        }

        return resumed.Length > 0;
    }
}
