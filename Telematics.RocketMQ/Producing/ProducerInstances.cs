using System.Buffers.Binary;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using Telematics.RocketMQ.Records;

namespace Telematics.RocketMQ.Producing;

/// <summary>
/// Makes producer instances as RocketMQ's Java client does (IPv4 address, 16 bits of the process id, 32 bits that are a class
/// loader's hash there). Here the latter begin at random and count, so that no two queues, months or starts share an instance.
/// </summary>
internal static class ProducerInstances
{
    private static readonly byte[] Process = MakeProcessPart();
    private static int _last = BinaryPrimitives.ReadInt32BigEndian(RandomNumberGenerator.GetBytes(sizeof(int)));

    /// <summary>A new instance, as <see cref="UniqueKey.InstanceDigits"/> hexadecimal digits.</summary>
    public static byte[] Next()
    {
        Span<byte> instance = stackalloc byte[UniqueKey.InstanceLength];
        Process.CopyTo(instance);
        BinaryPrimitives.WriteInt32BigEndian(instance[Process.Length..], Interlocked.Increment(ref _last));
        return Encoding.ASCII.GetBytes(Convert.ToHexString(instance));
    }

    private static byte[] MakeProcessPart()
    {
        var part = new byte[6];
        FindAddress().CopyTo(part, 0);
        BinaryPrimitives.WriteUInt16BigEndian(part.AsSpan(4), unchecked((ushort)Environment.ProcessId));
        return part;
    }

    private static byte[] FindAddress()
    {
        try
        {
            return NetworkInterface.GetAllNetworkInterfaces()
                .Where(network => network.OperationalStatus == OperationalStatus.Up && network.NetworkInterfaceType != NetworkInterfaceType.Loopback)
                .SelectMany(network => network.GetIPProperties().UnicastAddresses)
                .FirstOrDefault(address => address.Address.AddressFamily == AddressFamily.InterNetwork)?.Address.GetAddressBytes() ?? [127, 0, 0, 1];
        }
        catch (NetworkInformationException)
        {
            return [127, 0, 0, 1]; // the address only tells people where a message came from
        }
    }
}
