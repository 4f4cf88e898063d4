using System.Text.Json.Serialization;
using Telematics.Contracts;

namespace Telematics.Api.Vehicles;

/// <summary>Whether a vehicle is connected to a gateway that is alive.</summary>
[JsonConverter(typeof(CamelCaseEnumConverter<ConnectionState>))]
internal enum ConnectionState
{
    /// <summary>Not connected.</summary>
    Offline,

    /// <summary>Its newest channel is open.</summary>
    Online,
}
