namespace Telematics.Api.Problems;

/// <summary>A kind of error. <see cref="Uri"/> never changes; programs compare it.</summary>
/// <param name="Status">HTTP status.</param>
/// <param name="Name">Last part of the URI.</param>
/// <param name="Title">The same short sentence for every occurrence.</param>
internal sealed record ProblemType(int Status, string Name, string Title)
{
    /// <summary>The <c>type</c> member (RFC 9457 §3.1.1).</summary>
    public string Uri { get; } = $"urn:telematics:problem:{Name}";
}
