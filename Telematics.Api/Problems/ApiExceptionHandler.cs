using Microsoft.AspNetCore.Diagnostics;
using Telematics.Storage;

namespace Telematics.Api.Problems;

/// <summary>What no handler expected: logged once, answered without internals.</summary>
internal sealed class ApiExceptionHandler(ITelematicsDatabase database, ILogger<ApiExceptionHandler> logger) : IExceptionHandler
{
    public async ValueTask<bool> TryHandleAsync(HttpContext httpContext, Exception exception, CancellationToken cancellationToken)
    {
        var request = httpContext.Request;
        if (!request.Path.StartsWithSegments(ApiRoutes.Root))
        {
            return false;
        }

        ProblemResult problem;
        if (exception is BadHttpRequestException refusal)
        {
            problem = refusal.StatusCode == StatusCodes.Status413PayloadTooLarge
                ? new ProblemResult(ProblemTypes.BodyTooLarge, "The body exceeds the limit of this resource.")
                : new ProblemResult(ProblemTypes.InvalidRequest, "The HTTP request is malformed.");
        }
        else if (database.IsUnavailable(exception))
        {
            logger.DatabaseUnavailable(exception, request.Method, request.Path.ToUriComponent(), RequestTrace.IdOf(httpContext));
            problem = new ProblemResult(ProblemTypes.Unavailable, "The database does not answer; try again.");
        }
        else
        {
            logger.RequestFailed(exception, request.Method, request.Path.ToUriComponent(), RequestTrace.IdOf(httpContext));
            problem = new ProblemResult(ProblemTypes.Internal, "The request could not be completed.");
        }

        await problem.ExecuteAsync(httpContext);
        return true;
    }
}
