namespace Telematics.Api.Problems;

/// <summary>An error (RFC 9457).</summary>
internal sealed record ProblemResponse
{
    /// <summary>Stable URI of the kind of error; compare this one.</summary>
    public required string Type { get; init; }

    /// <summary>What the kind means, the same text each time.</summary>
    public required string Title { get; init; }

    /// <summary>HTTP status.</summary>
    public required int Status { get; init; }

    /// <summary>What is wrong with this request.</summary>
    public string? Detail { get; init; }

    /// <summary>Path of the request.</summary>
    public required string Instance { get; init; }

    /// <summary>W3C trace id; the server's log has it too.</summary>
    public required string TraceId { get; init; }

    /// <summary>The faults that were found, the first 20 of them.</summary>
    public IReadOnlyList<FieldError>? Errors { get; init; }
}

/// <summary>One fault of a request.</summary>
internal sealed record FieldError
{
    /// <summary>Names and values are echoed up to this length.</summary>
    public const int EchoLength = 100;

    /// <summary>The parameter, header or JSON path.</summary>
    public required string Field { get; init; }

    /// <summary>Field, limit and value in one sentence.</summary>
    public required string Message { get; init; }

    /// <summary>What is allowed, in words that continue "must be".</summary>
    public string? Limit { get; init; }

    /// <summary>What was sent, shortened to 100 characters; absent when nothing was.</summary>
    public string? Value { get; init; }

    /// <summary>An error of a field that is outside its limit; <paramref name="value"/> is null when it is missing.</summary>
    public static FieldError For(string field, string limit, string? value)
    {
        var (name, echo) = (Shorten(field), value is null ? null : Shorten(value));
        return new FieldError
        {
            Field = name,
            Message = $"{name} must be {limit}; it is {(echo is null ? "missing" : $"'{echo}'")}.",
            Limit = limit,
            Value = echo,
        };
    }

    private static string Shorten(string text) => text.Length <= EchoLength ? text : string.Concat(text.AsSpan(0, EchoLength - 1), "…");
}
