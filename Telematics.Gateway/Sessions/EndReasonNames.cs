using System.Text.Json;

namespace Telematics.Gateway.Sessions;

/// <summary>Names of <see cref="EndReason"/> and <see cref="Refusal"/> in events and metrics: camel case.</summary>
internal static class EndReasonNames
{
    private static readonly string[] Ends = [.. Enum.GetNames<EndReason>().Select(JsonNamingPolicy.CamelCase.ConvertName)];
    private static readonly string[] Refusals = [.. Enum.GetNames<Refusal>().Select(JsonNamingPolicy.CamelCase.ConvertName)];

    public static string Of(EndReason reason) => Ends[(int)reason];

    public static string Of(Refusal refusal) => Refusals[(int)refusal];
}
