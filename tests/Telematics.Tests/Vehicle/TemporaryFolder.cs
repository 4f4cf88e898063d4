namespace Telematics.Tests.Vehicle;

internal sealed class TemporaryFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("telematics-vehicle-").FullName;

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
