namespace Telematics.Api.Live;

/// <summary>How many registered vehicles there are, and how many of them are online.</summary>
internal readonly record struct LiveCounts(int Registered, int Online);
