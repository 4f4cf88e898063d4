using Microsoft.AspNetCore.Diagnostics;

namespace Telematics.Api.Problems;

/// <summary>Gives the refusals of routing (404, 405, 415) and of the server a problem as body.</summary>
internal static class StatusPages
{
    public static Task WriteAsync(StatusCodeContext status)
    {
        var context = status.HttpContext;
        var request = context.Request;
        if (!request.Path.StartsWithSegments(ApiRoutes.Root))
        {
            return Task.CompletedTask;
        }

        var type = ProblemTypes.ForStatus(context.Response.StatusCode);
        var problem = context.Response.StatusCode switch
        {
            StatusCodes.Status404NotFound => new ProblemResult(type, $"{request.Path} is no resource of the API; /openapi/v1.json lists them."),
            StatusCodes.Status405MethodNotAllowed => ProblemResult.For(type, "method", $"one of {context.Response.Headers.Allow}", request.Method),
            StatusCodes.Status415UnsupportedMediaType => ProblemResult.For(type, "Content-Type", "application/json", request.ContentType),
            _ => new ProblemResult(type, type.Title),
        };
        return problem.ExecuteAsync(context);
    }
}
