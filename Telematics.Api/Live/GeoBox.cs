namespace Telematics.Api.Live;

/// <summary>A rectangle on the map in degrees. <see cref="West"/> greater than <see cref="East"/> crosses the antimeridian.</summary>
internal readonly record struct GeoBox(double West, double South, double East, double North)
{
    /// <summary>Whether a position lies within, edges included.</summary>
    public bool Contains(double latitude, double longitude) =>
        latitude >= South && latitude <= North
        && (West <= East ? longitude >= West && longitude <= East : longitude >= West || longitude <= East);
}
