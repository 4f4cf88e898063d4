using Telematics.IntegrationTests.Api;
using Xunit;

[assembly: AssemblyFixture(typeof(ApiServerFixture))]

namespace Telematics.IntegrationTests.Api;

/// <summary>One server without authentication for all tests that only need their own ids.</summary>
public sealed class ApiServerFixture : IAsyncLifetime
{
    private static int _nextId;

    public ApiServer Server { get; private set; } = null!;

    /// <summary>An id nobody else has.</summary>
    public static string NextId() => $"car-{Interlocked.Increment(ref _nextId)}-{Guid.NewGuid():N}";

    public async ValueTask InitializeAsync() => Server = await ApiServer.StartAsync(CancellationToken.None);

    public ValueTask DisposeAsync() => Server.DisposeAsync();
}
