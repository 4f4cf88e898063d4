namespace Telematics.Commands.Operations;

/// <summary>A command as one of its vehicles has it.</summary>
/// <param name="Command">The command.</param>
/// <param name="Execution">What became of it here.</param>
public sealed record VehicleCommandView(CommandView Command, ExecutionView Execution);
