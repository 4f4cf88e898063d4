namespace Telematics.Host.Demo;

/// <summary>What <c>--demo</c> was given.</summary>
/// <param name="Cars">Number of simulated cars, 1 to 15,000.</param>
internal sealed record DemoSize(int Cars);
