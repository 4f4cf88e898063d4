using System.Collections.Frozen;

namespace Telematics.Api.Problems;

/// <summary>All kinds of errors of the API.</summary>
internal static class ProblemTypes
{
    public static readonly ProblemType InvalidRequest = new(StatusCodes.Status400BadRequest, "invalid-request", "The request breaks a documented limit.");

    public static readonly ProblemType InvalidCursor = new(StatusCodes.Status400BadRequest, "invalid-cursor", "The cursor does not belong to this request.");

    public static readonly ProblemType InvalidJson = new(StatusCodes.Status400BadRequest, "invalid-json", "The body is not valid JSON.");

    public static readonly ProblemType Unauthenticated = new(StatusCodes.Status401Unauthorized, "unauthenticated", "A valid API key is required.");

    public static readonly ProblemType Forbidden = new(StatusCodes.Status403Forbidden, "forbidden", "The API key's role does not allow this.");

    public static readonly ProblemType ForeignOrigin = new(StatusCodes.Status403Forbidden, "foreign-origin", "Without authentication only this machine may call.");

    public static readonly ProblemType RouteNotFound = new(StatusCodes.Status404NotFound, "route-not-found", "There is no such resource.");

    public static readonly ProblemType VehicleNotFound = new(StatusCodes.Status404NotFound, "vehicle-not-found", "The vehicle is not registered.");

    public static readonly ProblemType CommandNotFound = new(StatusCodes.Status404NotFound, "command-not-found", "The command does not exist.");

    public static readonly ProblemType ErasureNotFound = new(StatusCodes.Status404NotFound, "erasure-not-found", "The erasure does not exist.");

    public static readonly ProblemType CredentialNotFound = new(StatusCodes.Status404NotFound, "credential-not-found", "The vehicle has no credential.");

    public static readonly ProblemType MethodNotAllowed = new(StatusCodes.Status405MethodNotAllowed, "method-not-allowed", "The resource does not have this method.");

    public static readonly ProblemType CommandEnded = new(StatusCodes.Status409Conflict, "command-ended", "The command has already ended.");

    public static readonly ProblemType ErasureRunning = new(StatusCodes.Status409Conflict, "erasure-running", "The vehicle is being erased.");

    public static readonly ProblemType BodyTooLarge = new(StatusCodes.Status413PayloadTooLarge, "body-too-large", "The body is too large.");

    public static readonly ProblemType UnsupportedMediaType = new(StatusCodes.Status415UnsupportedMediaType, "unsupported-media-type", "The body is not of an accepted media type.");

    public static readonly ProblemType IdempotencyKeyReused = new(StatusCodes.Status422UnprocessableEntity, "idempotency-key-reused", "The Idempotency-Key was used with another request.");

    public static readonly ProblemType UnknownVehicles = new(StatusCodes.Status422UnprocessableEntity, "unknown-vehicles", "The command names vehicles that are not registered; nothing was ordered.");

    public static readonly ProblemType TooManyStreams = new(StatusCodes.Status503ServiceUnavailable, "too-many-streams", "All live streams are in use.");

    public static readonly ProblemType TooManyExports = new(StatusCodes.Status503ServiceUnavailable, "too-many-exports", "All exports are in use.");

    public static readonly ProblemType Unavailable = new(StatusCodes.Status503ServiceUnavailable, "unavailable", "A part of the system does not answer at the moment.");

    public static readonly ProblemType Internal = new(StatusCodes.Status500InternalServerError, "internal", "The server failed; the log has the trace id.");

    private static readonly FrozenDictionary<int, ProblemType> ByStatus = new[]
    {
        InvalidRequest, Unauthenticated, Forbidden, RouteNotFound, MethodNotAllowed, BodyTooLarge, UnsupportedMediaType, Unavailable, Internal,
    }.ToFrozenDictionary(type => type.Status);

    /// <summary>The kind of an answer that has only a status: what routing and the server itself refuse.</summary>
    public static ProblemType ForStatus(int status) =>
        ByStatus.TryGetValue(status, out var type) ? type : new ProblemType(status, $"http-{status}", "The server refuses the request.");
}
