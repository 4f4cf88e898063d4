namespace Telematics.Commands.Operations;

/// <summary>Whom a command is for: exactly one of the two.</summary>
/// <param name="All">Every vehicle that is known when the command is released.</param>
/// <param name="VehicleIds">These vehicles; a repeated id counts once.</param>
public sealed record CommandTarget(bool All, IReadOnlyList<string>? VehicleIds);
