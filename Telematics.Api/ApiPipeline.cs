using Microsoft.AspNetCore.Hosting;
using Telematics.Api.Problems;

namespace Telematics.Api;

/// <summary>Puts the middleware that turns refusals and failures into problems before everything else.</summary>
internal sealed class ApiPipeline : IStartupFilter
{
    public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
    {
        app.UseExceptionHandler(_ => { });
        app.UseStatusCodePages(StatusPages.WriteAsync);
        next(app);
    };
}
