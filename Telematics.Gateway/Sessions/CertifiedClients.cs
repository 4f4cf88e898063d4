namespace Telematics.Gateway.Sessions;

/// <summary>Connections whose TLS certificate names a vehicle, from accept to CONNECT; only they cost anything here.</summary>
internal sealed class CertifiedClients
{
    private readonly Dictionary<int, string> _vehicles = [];

    /// <summary>A connection was accepted.</summary>
    /// <param name="slot">The connection.</param>
    /// <param name="vehicleId">The name in the certificate, which may be none; null without a certificate.</param>
    public void OnOpened(int slot, string? vehicleId)
    {
        if (vehicleId is not null)
        {
            _vehicles[slot] = vehicleId;
        }
    }

    /// <summary>Its CONNECT is here; false without a certificate.</summary>
    public bool TryTake(int slot, out string vehicleId) => _vehicles.Remove(slot, out vehicleId!);

    /// <summary>It ended, perhaps without one.</summary>
    public void OnEnded(int slot) => _vehicles.Remove(slot);
}
