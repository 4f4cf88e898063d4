using System.Globalization;
using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using System.Security.Cryptography;

namespace Telematics.RocketMQ.Groups;

/// <summary>
/// A member's name in its group. It must be nobody else's: one that is listed twice spoils every member's share. Java's clients use
/// <c>ip@pid#nanoseconds</c>.
/// </summary>
internal static class ClientId
{
    /// <summary>A name that no member ever had.</summary>
    public static string Next() => string.Create(
        CultureInfo.InvariantCulture,
        $"{FindAddress()}@{Environment.ProcessId}#{(ulong)RandomNumberGenerator.GetInt32(int.MaxValue) << 31 | (uint)RandomNumberGenerator.GetInt32(int.MaxValue)}");

    /// <summary>For people who look at the broker's lists: the machine's first address that others can reach.</summary>
    private static IPAddress FindAddress()
    {
        try
        {
            return NetworkInterface.GetAllNetworkInterfaces()
                .Where(network => network.OperationalStatus == OperationalStatus.Up && network.NetworkInterfaceType != NetworkInterfaceType.Loopback)
                .SelectMany(network => network.GetIPProperties().UnicastAddresses)
                .Select(address => address.Address)
                .FirstOrDefault(address => address.AddressFamily == AddressFamily.InterNetwork) ?? IPAddress.Loopback;
        }
        catch (NetworkInformationException)
        {
            return IPAddress.Loopback; // it is a name for people only; the number makes it unique
        }
    }
}
