namespace Telematics.Simulator.Cars;

/// <summary>What went wrong with a car; made into text when somebody reads it.</summary>
/// <param name="Number">The car's number.</param>
/// <param name="What">What was being done.</param>
/// <param name="Why">Why not.</param>
internal sealed record CarProblem(int Number, string What, string Why);
