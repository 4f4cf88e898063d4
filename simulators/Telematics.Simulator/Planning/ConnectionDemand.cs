using System.Net;

namespace Telematics.Simulator.Planning;

/// <summary>What is to be planned for.</summary>
/// <param name="Connections">Connections held, from 1.</param>
/// <param name="Spare">Further descriptors for connections that were left and still stand.</param>
/// <param name="Gateway">Where they go.</param>
/// <param name="Sources">Addresses of this machine that they come from; none for what the plan chooses.</param>
/// <param name="Threads">Threads wanted; 0 for what the plan chooses.</param>
internal sealed record ConnectionDemand(int Connections, int Spare, IPAddress Gateway, IReadOnlyList<IPAddress> Sources, int Threads);
