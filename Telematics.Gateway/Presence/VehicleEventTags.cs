using System.Text;
using System.Text.Json;
using Telematics.Contracts.Presence;

namespace Telematics.Gateway.Presence;

/// <summary>Tags of <c>vehicle-event</c>: the event type in camel case.</summary>
internal static class VehicleEventTags
{
    private static readonly string[] Names = [.. Enum.GetNames<VehicleEventType>().Select(JsonNamingPolicy.CamelCase.ConvertName)];
    private static readonly byte[][] Utf8Names = [.. Names.Select(Encoding.UTF8.GetBytes)];

    public static ReadOnlySpan<byte> Of(VehicleEventType type) => Utf8Names[(int)type];

    public static string NameOf(VehicleEventType type) => Names[(int)type];
}
