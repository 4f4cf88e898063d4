using Telematics.Api.Parameters;
using Telematics.Storage.Model;

namespace Telematics.Api.Erasures;

/// <summary>Parameters that concern erasures.</summary>
internal static class ErasureParameters
{
    public static readonly IdParameter Id = new("erasureId", "The erasure.") { IsRequired = true };

    public static readonly ChoiceParameter<ErasureState> State = new("state", "Only erasures in this state.");
}
