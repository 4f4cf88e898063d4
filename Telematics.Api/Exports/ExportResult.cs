using System.Globalization;
using System.Runtime.CompilerServices;
using Microsoft.EntityFrameworkCore;
using Telematics.Api.Authentication;
using Telematics.Api.Problems;
using Telematics.Contracts;
using Telematics.Storage;

namespace Telematics.Api.Exports;

/// <summary>
/// Answers an export. What fails before the first byte is a problem; what fails later cuts the connection, so that no part
/// passes for the whole.
/// </summary>
internal sealed class ExportResult(ExportPlan plan) : IResult
{
    /// <summary>Media type of <see cref="ExportFormat.Csv"/> (RFC 7111).</summary>
    public const string CsvType = "text/csv";

    /// <summary>Media type of <see cref="ExportFormat.Parquet"/>.</summary>
    public const string ParquetType = "application/vnd.apache.parquet";

    public async Task ExecuteAsync(HttpContext httpContext)
    {
        var services = httpContext.RequestServices;
        var metrics = services.GetRequiredService<ApiMetrics>();
        var slots = services.GetRequiredService<ExportSlots>();
        using var slot = slots.TryTake();
        if (slot is null)
        {
            await new ProblemResult(ProblemTypes.TooManyExports, "All exports are in use (Telematics:Api:MaxExports); try again later.").ExecuteAsync(httpContext);
            return;
        }

        using var end = CancellationTokenSource.CreateLinkedTokenSource(httpContext.RequestAborted, slots.Stopping);
        var outcome = ExportOutcome.Failed;
        var rows = 0L;
        try
        {
            await using var pages = ReadAsync(services, httpContext, end.Token).GetAsyncEnumerator(end.Token);
            var hasPage = await pages.MoveNextAsync(); // a database that does not answer is still a problem here
            var body = await BeginAsync(httpContext, end.Token);
            IExportWriter writer = plan.Format == ExportFormat.Csv ? new CsvExport(plan, body) : await ParquetExport.CreateAsync(plan, body, end.Token);
            for (; hasPage; hasPage = await pages.MoveNextAsync())
            {
                await writer.WriteAsync(pages.Current);
                rows += pages.Current.Samples.Count;
            }

            await writer.CompleteAsync();
            outcome = ExportOutcome.Completed;
        }
        catch (OperationCanceledException exception) when (end.IsCancellationRequested || exception.CancellationToken.IsCancellationRequested)
        {
            outcome = ExportOutcome.Aborted;
            httpContext.Abort();
        }
        catch (Exception exception) when (httpContext.Response.HasStarted)
        {
            Logger(services).ExportFailed(exception, rows, RequestTrace.IdOf(httpContext));
            httpContext.Abort();
        }
        finally
        {
            metrics.Exported(plan.Format, outcome, rows);
        }
    }

    private static ILogger Logger(IServiceProvider services) => services.GetRequiredService<ILogger<ExportResult>>();

    private async IAsyncEnumerable<ExportPage> ReadAsync(IServiceProvider services, HttpContext context, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var keys = services.GetRequiredService<ApiKeyRing>();
        var keyHash = ApiCaller.KeyHashOf(context.User);
        await foreach (var page in services.GetRequiredService<ExportPages>().ReadAsync(plan, (vehicle, token) => CheckAsync(services, vehicle, token), cancellationToken))
        {
            // An export can take hours; its key may be revoked meanwhile.
            if (keyHash is not null && await keys.FindAsync(keyHash, cancellationToken) is null)
            {
                Logger(services).ExportEndedByRevocation(ApiCaller.NameOf(context.User));
                throw new OperationCanceledException("The API key was revoked.", new CancellationToken(canceled: true));
            }

            yield return page;
        }
    }

    /// <summary>
    /// Asked after each read: of a vehicle that was deleted nothing is shown any more, and when it is erased its rows go
    /// one by one, so that what is read from then on is not whole.
    /// </summary>
    private static async Task CheckAsync(IServiceProvider services, ExportVehicle vehicle, CancellationToken cancellationToken)
    {
        await using var db = services.GetRequiredService<ITelematicsDatabase>().CreateReader();
        if (!await db.Vehicles.AnyAsync(v => v.Id == vehicle.Key && v.DeletedAt == null && v.CreatedAt == vehicle.RegisteredAt, cancellationToken))
        {
            Logger(services).ExportEndedByDeletion(vehicle.VehicleId);
            throw new OperationCanceledException("The vehicle was deleted.", new CancellationToken(canceled: true));
        }
    }

    private async Task<ExportBody> BeginAsync(HttpContext context, CancellationToken cancellationToken)
    {
        var (type, extension) = plan.Format == ExportFormat.Csv ? ($"{CsvType}; charset=utf-8; header=present", "csv") : (ParquetType, "parquet");
        var name = plan.Vehicles.Count == 1 ? string.Concat(plan.Vehicles[0].VehicleId.Replace(':', '_'), "-") : "";
        context.Response.ContentType = type;
        context.Response.Headers.CacheControl = "no-store";
        context.Response.Headers.ContentDisposition = $"attachment; filename=\"telemetry-{name}{Stamp(plan.From)}-{Stamp(plan.To)}.{extension}\"";
        await context.Response.StartAsync(cancellationToken);
        return new ExportBody(context.Response.BodyWriter, cancellationToken);
    }

    private static string Stamp(long microseconds) => UnixTime.ToDateTime(microseconds).ToString("yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture);
}
