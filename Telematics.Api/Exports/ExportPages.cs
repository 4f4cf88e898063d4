using System.Runtime.CompilerServices;
using Telematics.Storage;

namespace Telematics.Api.Exports;

/// <summary>
/// Reads an export page by page, the next one when it is asked for: between two pages no cursor, snapshot or connection
/// of the database is held, however slowly the caller takes the answer.
/// </summary>
internal sealed class ExportPages(ITelemetryStore store)
{
    /// <summary>The most samples of a page; 0.5 MB without other signals.</summary>
    public const int MaxSamples = 2_000;

    /// <summary>Characters of other signals that a page should not exceed. One sample may have more.</summary>
    public const int TargetOther = 4 * 1_024 * 1_024;

    // How long other signals are is known after the first page; until then the largest that a gateway takes (64 KiB) fit.
    private const int FirstSamplesWithOther = TargetOther / 65_536;

    /// <summary>All pages of an export; vehicles without a sample have none.</summary>
    /// <param name="plan">What to read.</param>
    /// <param name="check">Called after each read, of a page that is empty too; throws when it must not be handed out.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    public async IAsyncEnumerable<ExportPage> ReadAsync(ExportPlan plan, Func<ExportVehicle, CancellationToken, Task> check, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var indices = plan.WithOther ? null : plan.Signals.Select(signal => signal.Index).ToList();
        foreach (var vehicle in plan.Vehicles)
        {
            var query = new HistoryQuery(vehicle.Key, plan.From, plan.To, plan.WithOther ? FirstSamplesWithOther : MaxSamples)
            {
                Signals = indices,
                WithOther = plan.WithOther,
            };
            do
            {
                var page = await store.ReadHistoryAsync(query, cancellationToken);
                await check(vehicle, cancellationToken);
                if (page.Items.Count > 0)
                {
                    yield return new ExportPage(vehicle.VehicleId, page.Items);
                }

                query = query with { Cursor = page.NextCursor, Limit = plan.WithOther ? NextLimit(page.Items) : MaxSamples };
            }
            while (query.Cursor is not null);
        }
    }

    private static int NextLimit(IReadOnlyList<HistorySample> samples)
    {
        var characters = samples.Sum(sample => (long)(sample.Other?.Length ?? 0));
        return characters == 0 ? MaxSamples : (int)Math.Clamp(TargetOther * (long)samples.Count / characters, 1, MaxSamples);
    }
}
