namespace Telematics.Commands.Catalogue;

/// <summary>What is wrong with an order.</summary>
/// <param name="Field">The field as the request names it, for example <c>parameters.seconds</c>.</param>
/// <param name="Message">Field, limit and value in one sentence.</param>
public sealed record CommandError(string Field, string Message);
