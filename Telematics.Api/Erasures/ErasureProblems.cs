using Telematics.Api.Problems;

namespace Telematics.Api.Erasures;

/// <summary>Errors that concern erasures.</summary>
internal static class ErasureProblems
{
    public static ProblemResult NotFound(Guid id) =>
        ProblemResult.For(ProblemTypes.ErasureNotFound, ErasureParameters.Id.Name, "the id of an erasure", id.ToString());

    public static ProblemResult UnknownVehicle(string vehicleId) =>
        ProblemResult.For(ProblemTypes.VehicleNotFound, Vehicles.VehicleParameters.Id.Name, "the id of a vehicle that is or was registered", vehicleId);

    public static ProblemResult Running(string vehicleId, Guid id) =>
        new(ProblemTypes.ErasureRunning, $"Vehicle '{vehicleId}' is being erased by {ErasureEndpoints.PathOf(id)}; put it again when that is completed.");
}
