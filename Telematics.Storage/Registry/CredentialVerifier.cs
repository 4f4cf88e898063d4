using System.Security.Cryptography;
using System.Threading.Channels;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Telematics.Contracts.Credentials;
using Telematics.Storage.Model;

namespace Telematics.Storage.Registry;

/// <summary>
/// Answers log-ins: many questions in one query, and for a short while from memory, since a car that lost its connection
/// comes back at once. It follows <c>registry_change</c> once a second, so a revoked secret is forgotten also where nobody
/// calls <see cref="Forget"/>.
/// </summary>
internal sealed class CredentialVerifier(ITelematicsDatabase database, TimeProvider clock, ILogger<CredentialVerifier> logger)
    : BackgroundService, ICredentialVerifier
{
    private const int QuestionsPerQuery = 500;
    private const int ChangesPerQuery = 1_000;
    private const int MaxCached = 1_000_000;
    private static readonly TimeSpan CacheFor = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan FollowEvery = TimeSpan.FromSeconds(1);

    private readonly Channel<CredentialQuestion> _questions = Channel.CreateUnbounded<CredentialQuestion>(new UnboundedChannelOptions { SingleReader = true });
    private readonly Lock _lock = new();
    private readonly Dictionary<string, Accepted> _accepted = new(StringComparer.Ordinal);
    private readonly HashSet<string> _beingAsked = new(StringComparer.Ordinal);
    private readonly HashSet<string> _forgottenMeanwhile = new(StringComparer.Ordinal);
    private long _followed = -1;
    private bool _isUnavailable;

    /// <summary>Whether it follows the changes of the registry.</summary>
    internal bool IsFollowing => Volatile.Read(ref _followed) >= 0;

    /// <inheritdoc/>
    public void Verify(CredentialQuestion question)
    {
        ArgumentNullException.ThrowIfNull(question);
        if (!question.IsCertified && IsRemembered(question.VehicleId, question.SecretHash))
        {
            question.Answer(CredentialVerdict.Accepted);
        }
        else if (!_questions.Writer.TryWrite(question))
        {
            question.Answer(CredentialVerdict.Unavailable);
        }
    }

    /// <inheritdoc/>
    public bool IsRemembered(string vehicleId, ReadOnlySpan<byte> secretHash)
    {
        lock (_lock)
        {
            return _accepted.TryGetValue(vehicleId, out var accepted)
                && clock.GetUtcNow() < accepted.Expires
                && accepted.Hash.IsSame(secretHash);
        }
    }

    /// <inheritdoc/>
    public void Forget(string vehicleId)
    {
        lock (_lock)
        {
            _accepted.Remove(vehicleId);
            if (_beingAsked.Contains(vehicleId))
            {
                // The query under way may have seen the secret that is no longer valid.
                _forgottenMeanwhile.Add(vehicleId);
            }
        }
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            await Task.WhenAll(AnswerAsync(stoppingToken), FollowAsync(stoppingToken));
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The stop that was asked for.
        }
        finally
        {
            _questions.Writer.TryComplete();
            while (_questions.Reader.TryRead(out var question))
            {
                question.Answer(CredentialVerdict.Unavailable);
            }
        }
    }

    private async Task AnswerAsync(CancellationToken stoppingToken)
    {
        var questions = new List<CredentialQuestion>(QuestionsPerQuery);
        while (await _questions.Reader.WaitToReadAsync(stoppingToken))
        {
            Take(questions);
            if (questions.Count == 0)
            {
                continue;
            }

            try
            {
                var hashes = await QueryAsync(questions, stoppingToken);
                Answer(questions, hashes, await QueryCertifiedAsync(questions, stoppingToken));
                NoteAvailable();
            }
            catch (Exception exception)
            {
                Refuse(questions);
                if (stoppingToken.IsCancellationRequested)
                {
                    throw;
                }

                NoteUnavailable(exception);
            }
        }
    }

    /// <summary>The next questions. While a database was away, the connections of most have been given up.</summary>
    private void Take(List<CredentialQuestion> questions)
    {
        questions.Clear();
        while (questions.Count < QuestionsPerQuery && _questions.Reader.TryRead(out var question))
        {
            if (question.IsWithdrawn)
            {
                question.Answer(CredentialVerdict.Withdrawn);
            }
            else
            {
                questions.Add(question);
            }
        }
    }

    private async Task<Dictionary<string, byte[]>> QueryAsync(List<CredentialQuestion> questions, CancellationToken cancellationToken)
    {
        var ids = questions.Select(question => question.VehicleId).Distinct(StringComparer.Ordinal).ToList();
        lock (_lock)
        {
            _forgottenMeanwhile.Clear();
            _beingAsked.Clear();
            _beingAsked.UnionWith(ids);
        }

        await using var db = database.CreateReader();
        var found = await db.Vehicles
            .Where(vehicle => ids.Contains(vehicle.VehicleId) && vehicle.DeletedAt == null)
            .Join(
                db.VehicleCredentials.Where(credential => credential.RevokedAt == null),
                vehicle => vehicle.Id,
                credential => credential.VehicleKey,
                (vehicle, credential) => new { vehicle.VehicleId, credential.SecretHash })
            .ToListAsync(cancellationToken);
        return found.ToDictionary(row => row.VehicleId, row => row.SecretHash, StringComparer.Ordinal);
    }

    /// <summary>The vehicles that may log in by certificate: registered, and not put out by revoking all of their credentials.</summary>
    private async Task<HashSet<string>> QueryCertifiedAsync(List<CredentialQuestion> questions, CancellationToken cancellationToken)
    {
        var ids = questions.Where(question => question.IsCertified).Select(question => question.VehicleId).Distinct(StringComparer.Ordinal).ToList();
        if (ids.Count == 0)
        {
            return [];
        }

        await using var db = database.CreateReader();
        var found = await db.Vehicles
            .Where(vehicle => ids.Contains(vehicle.VehicleId) && vehicle.DeletedAt == null
                && (!db.VehicleCredentials.Any(credential => credential.VehicleKey == vehicle.Id)
                    || db.VehicleCredentials.Any(credential => credential.VehicleKey == vehicle.Id && credential.RevokedAt == null)))
            .Select(vehicle => vehicle.VehicleId)
            .ToListAsync(cancellationToken);
        return found.ToHashSet(StringComparer.Ordinal);
    }

    private void Answer(List<CredentialQuestion> questions, Dictionary<string, byte[]> hashes, HashSet<string> certified)
    {
        var verdicts = new CredentialVerdict?[questions.Count];
        lock (_lock)
        {
            var expires = clock.GetUtcNow() + CacheFor;
            if (_accepted.Count + questions.Count > MaxCached)
            {
                _accepted.Clear();
            }

            for (var i = 0; i < questions.Count; i++)
            {
                var question = questions[i];
                if (_forgottenMeanwhile.Contains(question.VehicleId))
                {
                    continue;
                }

                var isAccepted = question.IsCertified
                    ? certified.Contains(question.VehicleId)
                    : hashes.TryGetValue(question.VehicleId, out var hash) && CryptographicOperations.FixedTimeEquals(question.SecretHash, hash);
                verdicts[i] = isAccepted ? CredentialVerdict.Accepted : CredentialVerdict.Refused;
                if (isAccepted && !question.IsCertified)
                {
                    _accepted[question.VehicleId] = new Accepted(SecretHash.Of(question.SecretHash), expires);
                }
            }

            _beingAsked.Clear();
        }

        for (var i = 0; i < questions.Count; i++)
        {
            var question = questions[i];
            if (verdicts[i] is { } verdict)
            {
                question.Answer(verdict);
            }
            else if (!_questions.Writer.TryWrite(question))
            {
                question.Answer(CredentialVerdict.Unavailable);
            }
        }
    }

    private void Refuse(List<CredentialQuestion> questions)
    {
        lock (_lock)
        {
            _beingAsked.Clear();
        }

        foreach (var question in questions)
        {
            question.Answer(CredentialVerdict.Unavailable);
        }
    }

    private async Task FollowAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(FollowEvery, clock);
        do
        {
            try
            {
                await ForgetChangedAsync(stoppingToken);
                NoteAvailable();
            }
            catch (Exception exception) when (!stoppingToken.IsCancellationRequested)
            {
                NoteUnavailable(exception);
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    private async Task ForgetChangedAsync(CancellationToken cancellationToken)
    {
        await using var db = database.CreateReader();
        if (_followed < 0)
        {
            var newest = await db.RegistryChanges.MaxAsync(change => (long?)change.Number, cancellationToken) ?? 0;
            ForgetAll();
            Volatile.Write(ref _followed, newest);
        }

        while (true)
        {
            var changes = await db.RegistryChanges
                .Where(change => change.Number > _followed)
                .OrderBy(change => change.Number)
                .Take(ChangesPerQuery)
                .ToListAsync(cancellationToken);
            foreach (var change in changes)
            {
                if (change.Kind != RegistryChangeKind.Put)
                {
                    Forget(change.VehicleId);
                }

                _followed = change.Number;
            }

            if (changes.Count < ChangesPerQuery)
            {
                return;
            }
        }
    }

    /// <summary>What was answered before the first look at the changes may be older than them.</summary>
    private void ForgetAll()
    {
        lock (_lock)
        {
            _accepted.Clear();
            _forgottenMeanwhile.UnionWith(_beingAsked);
        }
    }

    private void NoteUnavailable(Exception exception)
    {
        if (!Interlocked.Exchange(ref _isUnavailable, true))
        {
            logger.CredentialsUnavailable(exception);
        }
    }

    private void NoteAvailable()
    {
        if (Interlocked.Exchange(ref _isUnavailable, false))
        {
            logger.CredentialsAvailable();
        }
    }

    private readonly record struct Accepted(SecretHash Hash, DateTimeOffset Expires);
}
