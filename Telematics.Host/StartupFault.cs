using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Options;
using Telematics.Contracts;
using Telematics.Messaging;

namespace Telematics.Host;

/// <summary>Tells the faults of start-up that an operator can mend from bugs.</summary>
internal static class StartupFault
{
    /// <summary>One line for each fault, or null when it is none that an operator can mend.</summary>
    public static IReadOnlyList<string>? Describe(Exception exception) => exception switch
    {
        OptionsValidationException options => [.. options.Failures],
        AggregateException { InnerExceptions: var inner } when inner.All(e => Describe(e) is not null) =>
            [.. inner.SelectMany(e => Describe(e)!)],
        StartupException or MessageLogException => [exception.Message],
        IOException { InnerException: AddressInUseException } =>
            [$"{exception.Message} Stop what listens there, or set another port (--Telematics:Http:Port=…, --Telematics:Gateway:Port=…)."],
        SocketException { SocketErrorCode: SocketError.AccessDenied or SocketError.AddressNotAvailable } =>
            [$"Cannot listen: {exception.Message}. Check the addresses and ports (--Telematics:Http:…, --Telematics:Gateway:…)."],
        _ => null,
    };
}
