using Telematics.Storage.Model;

namespace Telematics.Commands.Executions;

/// <summary>What the rules need to know of an execution.</summary>
/// <param name="State">Its state.</param>
/// <param name="IsSoft">Whether its end was set by the server itself.</param>
/// <param name="IsBroadcast">Whether its command travels as one message for all.</param>
/// <param name="WasAppended">Whether an attempt was ever made: the car may have it.</param>
internal readonly record struct ExecutionStanding(ExecutionState State, bool IsSoft, bool IsBroadcast, bool WasAppended);
