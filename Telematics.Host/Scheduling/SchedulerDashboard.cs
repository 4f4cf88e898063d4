using Hangfire;
using Hangfire.Dashboard;
using Microsoft.Extensions.Options;
using Telematics.Api;

namespace Telematics.Host.Scheduling;

/// <summary>Hangfire's own page, <c>/hangfire</c>: what is planned, what ran, what failed. Off unless <see cref="ApiOptions.HangfireDashboard"/>.</summary>
internal static class SchedulerDashboard
{
    private const string Path = "/hangfire";

    // Who may see it is the endpoint's matter, and where a form comes from ours; Hangfire's antiforgery tokens would need
    // keys that are kept somewhere.
    private static readonly DashboardOptions Options = new()
    {
        Authorization = [],
        IgnoreAntiforgeryToken = true,
        AppPath = null,
        DashboardTitle = "Telematics",
        DisplayStorageConnectionString = false,
        StatsPollingInterval = 10_000,
    };

    public static void MapSchedulerDashboard(this WebApplication application)
    {
        if (!application.Services.GetRequiredService<IOptions<ApiOptions>>().Value.HangfireDashboard)
        {
            return;
        }

        var storage = application.Services.GetRequiredService<SchedulerStorage>();
        application.Map(Path + "/{**rest}", (HttpContext context) => ShowAsync(context, storage))
            .RequireOperator()
            .ExcludeFromDescription();
    }

    private static Task ShowAsync(HttpContext context, SchedulerStorage storage)
    {
        if (IsFormFromElsewhere(context.Request))
        {
            context.Response.StatusCode = StatusCodes.Status403Forbidden;
            return Task.CompletedTask;
        }

        if (storage.Current is not { } jobs)
        {
            context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
            context.Response.Headers.RetryAfter = "15";
            return Task.CompletedTask;
        }

        context.Request.Path.StartsWithSegments(Path, out var matched, out var rest);
        context.Request.PathBase = context.Request.PathBase.Add(matched);
        context.Request.Path = rest;
        return new AspNetCoreDashboardMiddleware(NotFoundAsync, jobs, Options, DashboardRoutes.Routes).Invoke(context);
    }

    /// <summary>A browser that has logged in sends the password with every form, whichever site the form is from; it says which.</summary>
    private static bool IsFormFromElsewhere(HttpRequest request)
    {
        if (HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method))
        {
            return false;
        }

        return request.Headers.Origin is not [{ } origin]
            || !Uri.TryCreate(origin, UriKind.Absolute, out var from)
            || !Uri.TryCreate($"{request.Scheme}://{request.Host.Value}", UriKind.Absolute, out var own)
            || !from.Authority.Equals(own.Authority, StringComparison.OrdinalIgnoreCase);
    }

    private static Task NotFoundAsync(HttpContext context)
    {
        context.Response.StatusCode = StatusCodes.Status404NotFound;
        return Task.CompletedTask;
    }
}
