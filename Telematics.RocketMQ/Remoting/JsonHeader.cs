using System.Buffers.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Telematics.RocketMQ.Remoting;

/// <summary>Header as JSON: what every server reads, and what they answer in.</summary>
internal static class JsonHeader
{
    // The default encoder writes every sign beyond ASCII as \uXXXX, which is longer and not what RocketMQ's own clients send.
    public static readonly JsonWriterOptions WriterOptions = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    public static void Write(Utf8JsonWriter writer, int code, int opaque, int flag, string? remark, ReadOnlySpan<RemotingField> fields)
    {
        writer.WriteStartObject();
        writer.WriteNumber("code"u8, code);
        writer.WriteString("language"u8, "DOTNET"u8);
        writer.WriteNumber("version"u8, FrameHeader.ClientVersion);
        writer.WriteNumber("opaque"u8, opaque);
        writer.WriteNumber("flag"u8, flag);
        if (remark is not null)
        {
            writer.WriteString("remark"u8, remark);
        }

        if (!fields.IsEmpty)
        {
            Span<byte> number = stackalloc byte[RemotingField.MaxNumberLength];
            writer.WriteStartObject("extFields"u8);
            foreach (ref readonly var field in fields)
            {
                if (field.Text is { } text)
                {
                    writer.WriteString(field.Name, text);
                }
                else
                {
                    writer.WriteString(field.Name, field.Encode(number));
                }
            }

            writer.WriteEndObject();
        }

        writer.WriteEndObject();
        writer.Flush();
    }

    /// <exception cref="JsonException">It is no JSON object, or a part has the wrong type.</exception>
    public static FrameHeader Read(ReadOnlySpan<byte> header)
    {
        var reader = new Utf8JsonReader(header);
        int? code = null;
        var (opaque, flag) = (0, 0);
        string? remark = null;
        ReadStart(ref reader);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("code"u8))
            {
                code = ReadInt32(ref reader, "code");
            }
            else if (reader.ValueTextEquals("opaque"u8))
            {
                opaque = ReadInt32(ref reader, "opaque");
            }
            else if (reader.ValueTextEquals("flag"u8))
            {
                flag = ReadInt32(ref reader, "flag");
            }
            else if (reader.ValueTextEquals("remark"u8))
            {
                reader.Read();
                remark = reader.TokenType is JsonTokenType.String ? reader.GetString() : null;
            }
            else
            {
                reader.Read();
                reader.Skip();
            }
        }

        return code is { } known ? new(known, opaque, flag, remark) : throw new JsonException("no 'code'");
    }

    public static bool TryGetField(ReadOnlySpan<byte> header, string name, out string value)
    {
        var found = TryFind(header, name, out var reader);
        value = found ? GetText(ref reader) : "";
        return found;
    }

    /// <summary>A field that is a whole number, without a string; null when it is absent, or is none (<paramref name="isPresent"/>).</summary>
    public static long? GetInt64(ReadOnlySpan<byte> header, string name, out bool isPresent)
    {
        isPresent = TryFind(header, name, out var reader);
        return isPresent && Utf8Parser.TryParse(reader.ValueSpan, out long number, out var used) && used == reader.ValueSpan.Length ? number : null;
    }

    private static bool TryFind(ReadOnlySpan<byte> header, string name, out Utf8JsonReader reader)
    {
        reader = new Utf8JsonReader(header);
        ReadStart(ref reader);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isFields = reader.ValueTextEquals("extFields"u8);
            reader.Read();
            if (!isFields || reader.TokenType != JsonTokenType.StartObject)
            {
                reader.Skip();
                continue;
            }

            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var isField = reader.ValueTextEquals(name);
                reader.Read();
                if (isField)
                {
                    return reader.TokenType is JsonTokenType.String or JsonTokenType.Number or JsonTokenType.True or JsonTokenType.False;
                }

                reader.Skip();
            }
        }

        return false;
    }

    private static string GetText(ref Utf8JsonReader reader) =>
        reader.TokenType == JsonTokenType.String ? reader.GetString()! : System.Text.Encoding.UTF8.GetString(reader.ValueSpan);

    private static void ReadStart(ref Utf8JsonReader reader)
    {
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
        {
            throw new JsonException("not an object");
        }
    }

    private static int ReadInt32(ref Utf8JsonReader reader, string name)
    {
        reader.Read();
        return reader.TokenType == JsonTokenType.Number && reader.TryGetInt32(out var value) ? value : throw new JsonException($"'{name}' is no 32-bit number");
    }
}
