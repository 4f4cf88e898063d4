namespace Telematics.Api.Problems;

/// <summary>An answer of <c>application/problem+json</c>. Every error of the API is written here and nowhere else.</summary>
internal sealed class ProblemResult(ProblemType type, string detail, IReadOnlyList<FieldError>? errors = null) : IResult, IStatusCodeHttpResult
{
    public const string ContentType = "application/problem+json";

    /// <summary>So many faults are named; a request can have thousands.</summary>
    public const int MaxErrors = 20;

    public ProblemType Type { get; } = type;

    public string Detail { get; } = detail;

    public IReadOnlyList<FieldError>? Errors { get; } = errors;

    int? IStatusCodeHttpResult.StatusCode => Type.Status;

    /// <summary>A refusal that names one field.</summary>
    public static ProblemResult For(ProblemType type, string field, string limit, string? value) =>
        For(type, [FieldError.For(field, limit, value)]);

    /// <summary>A refusal that names fields; the first one is the detail.</summary>
    public static ProblemResult For(ProblemType type, IReadOnlyList<FieldError> errors)
    {
        var more = errors.Count == 1 ? "" : $" {errors.Count - 1} more; errors lists the first {Math.Min(errors.Count, MaxErrors)}.";
        return new ProblemResult(type, errors[0].Message + more, errors.Count <= MaxErrors ? errors : [.. errors.Take(MaxErrors)]);
    }

    public Task ExecuteAsync(HttpContext httpContext)
    {
        var problem = new ProblemResponse
        {
            Type = Type.Uri,
            Title = Type.Title,
            Status = Type.Status,
            Detail = Detail,
            Instance = httpContext.Request.Path,
            TraceId = RequestTrace.IdOf(httpContext),
            Errors = Errors,
        };
        httpContext.RequestServices.GetRequiredService<ApiMetrics>().ProblemAnswered(Type.Name);
        httpContext.Response.StatusCode = Type.Status;
        httpContext.Response.Headers.CacheControl = "no-store";
        if (Type.Status == StatusCodes.Status503ServiceUnavailable)
        {
            httpContext.Response.Headers.RetryAfter = "1";
        }

        return httpContext.Response.WriteAsJsonAsync(problem, ApiJson.Default.ProblemResponse, ContentType, httpContext.RequestAborted);
    }
}
