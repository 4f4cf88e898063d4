namespace Telematics.Gateway.Sessions;

/// <summary>Where a client's session is.</summary>
/// <param name="Loop">Index of the loop that owns it.</param>
/// <param name="Slot">Its slot there.</param>
/// <param name="Generation">The slot's generation.</param>
internal readonly record struct SessionAddress(int Loop, int Slot, int Generation);
