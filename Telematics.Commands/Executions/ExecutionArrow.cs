using Telematics.Storage.Model;

namespace Telematics.Commands.Executions;

/// <summary>Where a signal leads.</summary>
/// <param name="To">The next state; the same one when progress refreshes it.</param>
/// <param name="IsSoft">Whether it is an end that a result of the car still replaces.</param>
/// <param name="IsLate">Whether a result replaced an end that the server had set.</param>
internal readonly record struct ExecutionArrow(ExecutionState To, bool IsSoft = false, bool IsLate = false);
