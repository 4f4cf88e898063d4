using System.Runtime.InteropServices;

namespace Telematics.Mqtt.Sockets;

/// <summary>An array of struct epoll_event, which the kernel packs on x64 only.</summary>
internal sealed unsafe class EpollEvents(int capacity) : IDisposable
{
    private static readonly int DataOffset = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 4 : 8;
    private static readonly int Size = DataOffset + sizeof(ulong);

    private readonly byte* _events = (byte*)NativeMemory.Alloc((nuint)(capacity * Size));

    public byte* Pointer => _events;

    public int Capacity => capacity;

    /// <summary>What happened, and the token of the descriptor.</summary>
    public (uint Events, ulong Token) this[int index]
    {
        get
        {
            var at = _events + ((nint)index * Size);
            return (*(uint*)at, *(ulong*)(at + DataOffset));
        }
    }

    /// <summary>Adds, changes or removes a descriptor.</summary>
    public static int Control(int epoll, int operation, int fd, uint events, ulong token)
    {
        var @event = stackalloc byte[16];
        *(uint*)@event = events;
        *(ulong*)(@event + DataOffset) = token;
        return Linux.epoll_ctl(epoll, operation, fd, @event);
    }

    public void Dispose() => NativeMemory.Free(_events);
}
