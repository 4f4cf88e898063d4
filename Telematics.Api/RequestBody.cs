using System.Net.Http.Headers;
using System.Text.Json;
using Microsoft.AspNetCore.Http.Metadata;
using Telematics.Api.Parameters;
using Telematics.Api.Problems;

namespace Telematics.Api;

/// <summary>A body of JSON, whole and parsed. The endpoint's limit is enforced by the server while it reads.</summary>
internal sealed record RequestBody(byte[] Bytes, JsonElement Root)
{
    public const string MediaType = "application/json";

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
        if (http.ContentLength > limit)
        {
            return (null, TooLarge(limit, http.ContentLength.Value));
        }

        byte[] bytes;
        try
        {
            using var memory = new MemoryStream(checked((int)(http.ContentLength ?? 0)));
            await http.Body.CopyToAsync(memory, cancellationToken);
            bytes = memory.ToArray();
        }
        catch (BadHttpRequestException e) when (e.StatusCode == StatusCodes.Status413PayloadTooLarge)
        {
            return (null, TooLarge(limit, null));
        }

        try
        {
            using var document = JsonDocument.Parse(bytes, Options);
            return document.RootElement.ValueKind == JsonValueKind.Object
                ? (new RequestBody(bytes, document.RootElement.Clone()), null)
                : (null, ProblemResult.For(ProblemTypes.InvalidJson, "$", "a JSON object", document.RootElement.ValueKind.ToString()));
        }
        catch (JsonException e)
        {
            return (null, ProblemResult.For(ProblemTypes.InvalidJson, "$", "one JSON object in UTF-8 without repeated names, at most 32 levels deep", $"fault at line {e.LineNumber + 1}, byte {e.BytePositionInLine}"));
        }
    }

    private static bool IsJson(string? contentType) =>
        MediaTypeHeaderValue.TryParse(contentType, out var type)
        && MediaType.Equals(type.MediaType, StringComparison.OrdinalIgnoreCase)
        && (type.CharSet is null || type.CharSet.Trim('"').Equals("utf-8", StringComparison.OrdinalIgnoreCase));

    private static ProblemResult TooLarge(long limit, long? length) =>
        ProblemResult.For(ProblemTypes.BodyTooLarge, "body", $"at most {limit} bytes", length is null ? $"more than {limit} bytes" : $"{length} bytes");
}
