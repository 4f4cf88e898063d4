using System.Text;
using System.Text.Json;
using Telematics.Contracts;
using Telematics.Contracts.Commands;
using Telematics.Contracts.Telemetry;
using Telematics.Messaging;

namespace Telematics.Commands.Results;

/// <summary>Reads what a car answers; limits as <see cref="VehicleCommandResult"/> states them.</summary>
internal static class CommandResultDecoder
{
    private const int MaxCode = 64;
    private const int MaxMessage = 1_024;
    private const int MaxResult = 16 * 1_024;

    /// <summary>Reads a message.</summary>
    /// <returns><see cref="RejectReason.None"/>, or why it cannot be taken.</returns>
    public static RejectReason Decode(in MessageView message, out string vehicleId, out VehicleCommandResult? result, out string detail)
    {
        result = null;
        vehicleId = "";
        if (!message.Properties.TryGet(MessagePropertyNames.MqttSecondTopic, out var topic)
            || topic is not [(byte)'/', .. var id]
            || !VehicleId.IsValid(id))
        {
            detail = $"The topic behind command-result is '{Encoding.UTF8.GetString(topic)}', and names no vehicle.";
            return RejectReason.VehicleIdInvalid;
        }

        vehicleId = Encoding.UTF8.GetString(id);
        try
        {
            result = JsonSerializer.Deserialize(message.Body, ContractsJson.Default.VehicleCommandResult);
            detail = result is null ? "The result is null." : Check(result);
        }
        catch (JsonException exception)
        {
            detail = exception.Message;
        }
        catch (InvalidOperationException)
        {
            // The result's texts are decoded only when they are looked at.
            detail = "result has a text that is no Unicode.";
        }

        return detail.Length == 0 ? RejectReason.None : RejectReason.Undecodable;
    }

    private static string Check(VehicleCommandResult result) => result switch
    {
        { Progress: < 0 or > 100 } => $"progress is {result.Progress}; 0 to 100 are allowed.",
        { Code.Length: > MaxCode } => $"code has {result.Code!.Length} characters; up to {MaxCode} are allowed.",
        { Code: ['$', ..] } => $"code is '{result.Code}'; codes that begin with $ are the server's.",
        { Message.Length: > MaxMessage } => $"message has {result.Message!.Length} characters; up to {MaxMessage} are allowed.",
        { } when HasNul(result.Code) || HasNul(result.Message) => "code or message has the character U+0000.",
        { Result: { } value } when Encoding.UTF8.GetByteCount(value.GetRawText()) is > MaxResult and var length => $"result has {length} B; up to {MaxResult} are allowed.",
        { Result: { } value } => CheckText(value),
        _ => "",
    };

    // Half a surrogate pair passes the parser, and nobody could be shown the result.
    private static string CheckText(JsonElement value)
    {
        using var writer = new Utf8JsonWriter(Stream.Null);
        value.WriteTo(writer);
        return "";
    }

    // No database text holds it.
    private static bool HasNul(string? text) => text is not null && text.Contains('\0', StringComparison.Ordinal);
}
