namespace Telematics.Commands.Executions;

/// <summary>What became of changes.</summary>
/// <param name="Written">How many were written.</param>
/// <param name="Overtaken">Rows that somebody else had changed since they were read.</param>
/// <param name="HasWork">Whether the dispatcher has something to do once this is committed.</param>
internal readonly record struct JournalOutcome(int Written, IReadOnlyList<ExecutionRow> Overtaken, bool HasWork);
