using System.Net.Http.Headers;
using System.Text.Json;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.Metadata;
using Telematics.Api.Parameters;
using Telematics.Api.Problems;

namespace Telematics.Api;

/// <summary>A body of JSON, whole and parsed, within the endpoint's limit.</summary>
internal sealed record RequestBody(byte[] Bytes, JsonElement Root)
{
    public const string MediaType = "application/json";

    // A client that is still sending hears the answer only if the server takes the rest; so much of it is taken and dropped.
    private const long DrainAllowance = 1024 * 1024;

    private static readonly JsonDocumentOptions Options = new() { AllowDuplicateProperties = false, MaxDepth = 32 };

    /// <summary>Reads the body; the problem when it is of another type, too large, or no JSON object.</summary>
    public static async ValueTask<(RequestBody? Body, ProblemResult? Problem)> ReadAsync(RequestReader request, CancellationToken cancellationToken)
    {
        var http = request.Context.Request;
        if (!IsJson(http.ContentType))
        {
            return (null, ProblemResult.For(ProblemTypes.UnsupportedMediaType, "Content-Type", $"{MediaType} in UTF-8", http.ContentType));
        }

        var limit = request.Context.GetEndpoint()?.Metadata.GetMetadata<IRequestSizeLimitMetadata>()?.MaxRequestBodySize
            ?? throw new InvalidOperationException("The endpoint does not limit its body.");
        if (request.Context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
        {
            size.MaxRequestBodySize = limit + DrainAllowance;
        }

        if (http.ContentLength > limit)
        {
            return (null, TooLarge(limit, http.ContentLength.Value));
        }

        var bytes = await ReadAsync(http.Body, limit, cancellationToken);
        if (bytes is null)
        {
            return (null, TooLarge(limit, null));
        }

        try
        {
            using var document = JsonDocument.Parse(bytes, Options);
            if (!HasOnlyUnicode(document.RootElement))
            {
                return (null, ProblemResult.For(ProblemTypes.InvalidJson, "$", "one JSON object in UTF-8", "a text that is no Unicode: invalid UTF-8, or half a surrogate pair"));
            }

            return document.RootElement.ValueKind == JsonValueKind.Object
                ? (new RequestBody(bytes, document.RootElement.Clone()), null)
                : (null, ProblemResult.For(ProblemTypes.InvalidJson, "$", "a JSON object", document.RootElement.ValueKind.ToString()));
        }
        catch (InvalidOperationException)
        {
            // The look for repeated names already met a name that is no Unicode.
            return (null, ProblemResult.For(ProblemTypes.InvalidJson, "$", "one JSON object in UTF-8", "a name that is no Unicode: invalid UTF-8, or half a surrogate pair"));
        }
        catch (JsonException e)
        {
            return (null, ProblemResult.For(ProblemTypes.InvalidJson, "$", "one JSON object in UTF-8 without repeated names, at most 32 levels deep", $"fault at line {e.LineNumber + 1}, byte {e.BytePositionInLine}"));
        }
    }

    /// <summary>The bytes of a body; null when there are more than the limit.</summary>
    private static async ValueTask<byte[]?> ReadAsync(Stream body, long limit, CancellationToken cancellationToken)
    {
        using var memory = new MemoryStream();
        var buffer = new byte[16 * 1024];
        while (await body.ReadAsync(buffer, cancellationToken) is > 0 and var read)
        {
            if (memory.Length + read > limit)
            {
                return null;
            }

            memory.Write(buffer, 0, read);
        }

        return memory.ToArray();
    }

    /// <summary>The parser takes a text as it comes; what cannot be read as Unicode would only fail later.</summary>
    private static bool HasOnlyUnicode(JsonElement root)
    {
        try
        {
            Walk(root);
            return true;
        }
        catch (InvalidOperationException)
        {
            return false;
        }

        static void Walk(JsonElement element)
        {
            switch (element.ValueKind)
            {
                case JsonValueKind.String:
                    _ = element.GetString();
                    break;
                case JsonValueKind.Array:
                    foreach (var item in element.EnumerateArray())
                    {
                        Walk(item);
                    }

                    break;
                case JsonValueKind.Object:
                    foreach (var member in element.EnumerateObject())
                    {
                        _ = member.Name;
                        Walk(member.Value);
                    }

                    break;
            }
        }
    }

    private static bool IsJson(string? contentType) =>
        MediaTypeHeaderValue.TryParse(contentType, out var type)
        && MediaType.Equals(type.MediaType, StringComparison.OrdinalIgnoreCase)
        && (type.CharSet is null || type.CharSet.Trim('"').Equals("utf-8", StringComparison.OrdinalIgnoreCase));

    private static ProblemResult TooLarge(long limit, long? length) =>
        ProblemResult.For(ProblemTypes.BodyTooLarge, "body", $"at most {limit} bytes", length is null ? $"more than {limit} bytes" : $"{length} bytes");
}
