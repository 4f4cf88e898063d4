using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Telematics.Contracts.Credentials;
using Telematics.Storage;
using Telematics.Storage.Registry;
using Xunit;

namespace Telematics.Tests.Storage;

public sealed class CredentialVerifierTests : IAsyncLifetime
{
    private readonly FakeTimeProvider _clock = new(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));
    private TestDatabase _database = null!;
    private GatedDatabase _gated = null!;
    private CredentialVerifier _verifier = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _database = await TestDatabase.CreateAsync(_clock);
        _gated = new GatedDatabase(_database.Database);
        _verifier = new CredentialVerifier(_gated, _clock, NullLogger<CredentialVerifier>.Instance);
        await _verifier.StartAsync(Token);
        await ConsumerBench.UntilAsync(() => Task.FromResult(_verifier.IsFollowing));
    }

    public async ValueTask DisposeAsync()
    {
        _gated.Open();
        await _verifier.StopAsync(CancellationToken.None);
        _verifier.Dispose();
        await _database.DisposeAsync();
    }

    [Fact]
    public async Task The_vehicles_secret_is_accepted_and_everything_else_refused()
    {
        var secret = await IssueAsync("car-1");
        await _database.Registry.PutAsync("car-2", new(), "test", Token);
        Assert.Equal(CredentialVerdict.Accepted, await AskAsync("car-1", secret));
        Assert.Equal(CredentialVerdict.Refused, await AskAsync("car-1", "other"));
        Assert.Equal(CredentialVerdict.Refused, await AskAsync("car-2", secret));
        Assert.Equal(CredentialVerdict.Refused, await AskAsync("nobody", secret));
    }

    [Fact]
    public async Task A_certificate_is_accepted_for_a_registered_vehicle_that_nobody_revoked()
    {
        Assert.Equal(CredentialVerdict.Refused, await AskCertifiedAsync("car-1"));
        await _database.Registry.PutAsync("car-1", new(), "test", Token);
        Assert.Equal(CredentialVerdict.Accepted, await AskCertifiedAsync("car-1"));
        await IssueAsync("car-1");
        Assert.Equal(CredentialVerdict.Accepted, await AskCertifiedAsync("car-1"));
        await _database.Registry.RevokeCredentialAsync("car-1", "test", Token);
        Assert.Equal(CredentialVerdict.Refused, await AskCertifiedAsync("car-1"));
        await IssueAsync("car-1");
        Assert.Equal(CredentialVerdict.Accepted, await AskCertifiedAsync("car-1"));
        await _database.Registry.DeleteAsync("car-1", "test", Token);
        Assert.Equal(CredentialVerdict.Refused, await AskCertifiedAsync("car-1"));
    }

    [Fact]
    public async Task Many_questions_are_answered_each_with_its_token()
    {
        var secrets = new List<string>();
        for (var i = 0; i < 20; i++)
        {
            secrets.Add(await IssueAsync($"car-{i}"));
        }

        _gated.Close();
        var sink = new Sink();
        for (var i = 0; i < 2_000; i++)
        {
            _verifier.Verify(new($"car-{i % 20}", Hash(i % 3 == 0 ? "wrong" : secrets[i % 20]), sink, i));
        }

        _gated.Open();
        await sink.UntilAsync(2_000);
        Assert.All(sink.Verdicts, answer => Assert.Equal(answer.Key % 3 == 0 ? CredentialVerdict.Refused : CredentialVerdict.Accepted, answer.Value));
        Assert.InRange(_gated.Readers, 1, 20);
    }

    [Fact]
    public async Task An_accepted_secret_is_answered_from_memory_for_a_while()
    {
        var secret = await IssueAsync("car-1");
        await AskAsync("car-1", secret);
        var readers = _gated.Readers;
        Assert.Equal(CredentialVerdict.Accepted, await AskAsync("car-1", secret));
        Assert.Equal(readers, _gated.Readers);
    }

    [Fact]
    public async Task A_revoked_secret_is_refused_as_soon_as_it_is_forgotten()
    {
        var secret = await IssueAsync("car-1");
        await AskAsync("car-1", secret);
        await _database.Registry.RevokeCredentialAsync("car-1", "test", Token);
        _verifier.Forget("car-1");
        Assert.Equal(CredentialVerdict.Refused, await AskAsync("car-1", secret));
    }

    [Fact]
    public async Task A_deleted_vehicle_is_noticed_within_a_second_without_being_told()
    {
        var secret = await IssueAsync("car-1");
        await AskAsync("car-1", secret);
        await _database.Registry.DeleteAsync("car-1", "test", Token);
        await ConsumerBench.UntilAsync(async () =>
        {
            // In small steps, so that the look at the changes has time to happen before the answer would expire by itself.
            _clock.Advance(TimeSpan.FromMilliseconds(10));
            return await AskAsync("car-1", secret) == CredentialVerdict.Refused;
        });
        Assert.True(_clock.GetUtcNow() < new DateTimeOffset(2026, 1, 1, 0, 0, 59, TimeSpan.Zero));
    }

    [Fact]
    public async Task A_question_under_way_is_asked_again_when_its_vehicle_is_forgotten_meanwhile()
    {
        var secret = await IssueAsync("car-1");
        _gated.Close();
        var sink = new Sink();
        _verifier.Verify(new("car-1", Hash(secret), sink, 1));
        await ConsumerBench.UntilAsync(() => Task.FromResult(_gated.Waiting > 0));
        var asked = _gated.Readers;
        _verifier.Forget("car-1");
        _gated.Open();
        await sink.UntilAsync(1);
        Assert.Equal(CredentialVerdict.Accepted, sink.Verdicts[1]);
        Assert.True(_gated.Readers > asked);
    }

    [Fact]
    public async Task A_question_that_is_withdrawn_while_the_database_is_away_is_not_asked()
    {
        var secret = await IssueAsync("car-1");
        _gated.Close();
        var sink = new Sink();
        _verifier.Verify(new("car-1", Hash(secret), sink, 1));
        await ConsumerBench.UntilAsync(() => Task.FromResult(_gated.Waiting > 0));
        for (var i = 0; i < 3_000; i++)
        {
            var gone = new CredentialQuestion($"gone-{i}", Hash("s"), sink, 10 + i);
            _verifier.Verify(gone);
            gone.Withdraw();
        }

        _verifier.Verify(new("nobody", Hash("s"), sink, 2));
        var asked = _gated.Readers;
        _gated.Open();
        await sink.UntilAsync(3_002);
        Assert.Equal((CredentialVerdict.Accepted, CredentialVerdict.Refused), (sink.Verdicts[1], sink.Verdicts[2]));
        Assert.Equal(3_000, sink.Verdicts.Values.Count(verdict => verdict == CredentialVerdict.Withdrawn));
        Assert.InRange(_gated.Readers - asked, 1, 2); // the one that is left, and perhaps a look at the changes
    }

    [Fact]
    public void A_hash_of_another_length_is_refused_by_name() =>
        Assert.Equal("secretHash", Assert.Throws<ArgumentException>(() => new CredentialQuestion("car-1", new byte[31], new Sink(), 1)).ParamName);

    [Fact]
    public async Task A_database_that_does_not_answer_is_no_refusal()
    {
        var secret = await IssueAsync("car-1");
        _gated.Fault = new IOException("away");
        Assert.Equal(CredentialVerdict.Unavailable, await AskAsync("car-1", secret));
        _gated.Fault = null;
        Assert.Equal(CredentialVerdict.Accepted, await AskAsync("car-1", secret));
    }

    private static byte[] Hash(string secret) => SHA256.HashData(Encoding.UTF8.GetBytes(secret));

    private async Task<string> IssueAsync(string vehicleId)
    {
        await _database.Registry.PutAsync(vehicleId, new(), "test", Token);
        return (await _database.Registry.IssueCredentialAsync(vehicleId, "test", Token))!.Secret;
    }

    private async Task<CredentialVerdict> AskAsync(string vehicleId, string secret)
    {
        var sink = new Sink();
        _verifier.Verify(new(vehicleId, Hash(secret), sink, 7));
        await sink.UntilAsync(1);
        return sink.Verdicts[7];
    }

    private async Task<CredentialVerdict> AskCertifiedAsync(string vehicleId)
    {
        var sink = new Sink();
        _verifier.Verify(new(vehicleId, secretHash: default, sink, 7));
        await sink.UntilAsync(1);
        return sink.Verdicts[7];
    }

    private sealed class Sink : ICredentialSink
    {
        public ConcurrentDictionary<long, CredentialVerdict> Verdicts { get; } = new();

        public void OnVerified(long token, CredentialVerdict verdict) => Assert.True(Verdicts.TryAdd(token, verdict));

        public Task UntilAsync(int count) => ConsumerBench.UntilAsync(() => Task.FromResult(Verdicts.Count >= count));
    }

    /// <summary>A database whose readers wait while it is closed.</summary>
    private sealed class GatedDatabase(ITelematicsDatabase inner) : ITelematicsDatabase
    {
        private readonly ManualResetEventSlim _gate = new(initialState: true);
        private int _readers;
        private int _waiting;

        public int Readers => Volatile.Read(ref _readers);

        public int Waiting => Volatile.Read(ref _waiting);

        public Exception? Fault { get; set; }

        public void Close() => _gate.Reset();

        public void Open() => _gate.Set();

        public TelematicsDbContext CreateReader()
        {
            Interlocked.Increment(ref _readers);
            Interlocked.Increment(ref _waiting);
            _gate.Wait();
            Interlocked.Decrement(ref _waiting);
            return Fault is { } fault ? throw fault : inner.CreateReader();
        }

        public ValueTask<ReadSnapshot> BeginSnapshotAsync(CancellationToken cancellationToken) => inner.BeginSnapshotAsync(cancellationToken);

        public ValueTask<WriteSession> BeginWriteAsync(CancellationToken cancellationToken) => inner.BeginWriteAsync(cancellationToken);

        public bool IsUnavailable(Exception exception) => inner.IsUnavailable(exception);

        public bool IsTooSlow(Exception exception) => inner.IsTooSlow(exception);
    }
}
