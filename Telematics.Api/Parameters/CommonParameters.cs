using Microsoft.OpenApi;

namespace Telematics.Api.Parameters;

/// <summary>Parameters that several resources have.</summary>
internal static class CommonParameters
{
    /// <summary>Greatest page.</summary>
    public const int MaxLimit = 1_000;

    public static readonly IntegerParameter Limit = new("limit", "The most items of one answer.", 1, MaxLimit) { Default = 100 };

    public static readonly TextParameter Cursor = new(
        "cursor", ParameterLocation.Query, "`nextCursor` of the answer before; the other parameters, except `limit`, must be the same as there.", Parameters.Cursor.MaxLength);
}
