namespace Telematics.Api.Problems;

/// <summary>The kinds of errors that an endpoint answers, for its document.</summary>
internal sealed record ProblemMetadata(IReadOnlyList<ProblemType> Types);
