using System.Data.Common;
using Microsoft.AspNetCore.Diagnostics;

namespace Telematics.Api.Problems;

/// <summary>What no handler expected: logged once, answered without internals.</summary>
internal sealed class ApiExceptionHandler(ILogger<ApiExceptionHandler> logger) : IExceptionHandler
{
    public async ValueTask<bool> TryHandleAsync(HttpContext httpContext, Exception exception, CancellationToken cancellationToken)
    {
        var request = httpContext.Request;
        if (!request.Path.StartsWithSegments(ApiRoutes.Root))
        {
            return false;
        }

        ProblemResult problem;
        switch (exception)
        {
            case BadHttpRequestException { StatusCode: StatusCodes.Status413PayloadTooLarge }:
                problem = new ProblemResult(ProblemTypes.BodyTooLarge, "The body exceeds the limit of this resource.");
                break;
            case BadHttpRequestException:
                problem = new ProblemResult(ProblemTypes.InvalidRequest, "The HTTP request is malformed.");
                break;
            case DbException or TimeoutException:
                logger.DatabaseUnavailable(exception, request.Method, request.Path.ToUriComponent(), RequestTrace.IdOf(httpContext));
                httpContext.Response.Headers.RetryAfter = "1";
                problem = new ProblemResult(ProblemTypes.Unavailable, "The database does not answer; try again.");
                break;
            default:
                logger.RequestFailed(exception, request.Method, request.Path.ToUriComponent(), RequestTrace.IdOf(httpContext));
                problem = new ProblemResult(ProblemTypes.Internal, "The request could not be completed.");
                break;
        }

        await problem.ExecuteAsync(httpContext);
        return true;
    }
}
