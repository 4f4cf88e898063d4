using Telematics.Api.Problems;

namespace Telematics.Api.Vehicles;

/// <summary>Errors that concern vehicles.</summary>
internal static class VehicleProblems
{
    public static ProblemResult NotFound(string vehicleId) =>
        ProblemResult.For(ProblemTypes.VehicleNotFound, VehicleParameters.Id.Name, "the id of a registered vehicle", vehicleId);

    public static ProblemResult NoCredential(string vehicleId) =>
        ProblemResult.For(ProblemTypes.CredentialNotFound, VehicleParameters.Id.Name, "the id of a registered vehicle with a credential", vehicleId);

    public static ProblemResult LiveViewLoading() =>
        new(ProblemTypes.Unavailable, "The live view is being loaded; try again in a moment.");
}
