namespace Telematics.Commands.Operations;

/// <summary>What is under way.</summary>
/// <param name="Commands">Commands with executions that have not come to an end.</param>
/// <param name="Executions">Those executions.</param>
public readonly record struct CommandsUnderWay(long Commands, long Executions);
