using System.Text.RegularExpressions;
using Microsoft.OpenApi;
using Telematics.Api.Live;
using Telematics.Api.Parameters;
using Telematics.Contracts;

namespace Telematics.Api.Vehicles;

/// <summary>Parameters that name or choose vehicles.</summary>
internal static partial class VehicleParameters
{
    /// <summary>The most vehicles named in one query: with the longest ids they still fit into Kestrel's request line of 8 KiB.</summary>
    public const int MaxIds = 100;

    /// <summary>The rule of <see cref="Contracts.VehicleId"/> as a pattern.</summary>
    public const string IdPattern = "^[A-Za-z0-9_.:@-]{1,64}$";

    public static readonly TextParameter Id = new("vehicleId", ParameterLocation.Path, "The vehicle.", VehicleId.MaxLength)
    {
        Pattern = IdRegex(),
        IsRequired = true,
    };

    public static readonly ListParameter Ids = new(
        "vehicleIds", "Only these vehicles; unknown ones are left out of the answer.", $"vehicle ids ({IdPattern})", MaxIds, VehicleId.MaxLength, id => VehicleId.IsValid(id))
    {
        ItemPattern = IdPattern,
    };

    public static readonly BoundingBoxParameter BoundingBox = new("bbox", "Only vehicles whose newest position is inside: west, south, east, north.");

    public static readonly ChoiceParameter<ConnectionState> State = new("state", "Only vehicles that are online, or only those that are not.");

    public static readonly TextParameter Query = new(
        "query", ParameterLocation.Query, "Only vehicles with this text in id, name, VIN, brand or model, in any case of letters.", 100);

    /// <summary>Refuses a request that names both a rectangle and ids, or neither.</summary>
    public static void CheckBoxOrIds(RequestReader request, GeoBox? box, IReadOnlyList<string>? ids)
    {
        if (box is not null && ids is not null)
        {
            request.Refuse(Ids.Name, "absent when bbox is given", string.Join(',', ids));
        }
        else if (box is null && ids is null && request.Problem is null)
        {
            request.Refuse(BoundingBox.Name, "given, or vehicleIds", null);
        }
    }

    [GeneratedRegex(IdPattern, RegexOptions.CultureInvariant)]
    private static partial Regex IdRegex();
}
