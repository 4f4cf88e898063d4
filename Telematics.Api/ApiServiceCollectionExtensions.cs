using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using Telematics.Api.Authentication;
using Telematics.Api.Exports;
using Telematics.Api.Live;
using Telematics.Api.OpenApi;
using Telematics.Api.Problems;
using Telematics.Api.Streams;
using Telematics.Api.Telemetry;
using Telematics.Api.Vehicles;
using Telematics.Commands;

namespace Telematics.Api;

/// <summary>Registers the REST API.</summary>
public static class ApiServiceCollectionExtensions
{
    /// <summary>
    /// The API's services; it needs storage, the message log and the commands' operations beside it, and
    /// <see cref="ApiEndpointRouteBuilderExtensions.MapTelematicsApi"/> in the application.
    /// </summary>
    public static IServiceCollection AddTelematicsApi(this IServiceCollection services)
    {
        ArgumentNullException.ThrowIfNull(services);
        services.AddOptionsWithValidateOnStart<ApiOptions, ApiOptionsValidator>()
            .BindConfiguration(ApiOptions.SectionName);
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<ApiOptions>, ApiListenerValidator>());
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<ApiMetrics>();
        services.TryAddSingleton<ApiKeyRing>();
        services.TryAddSingleton<VehicleReads>();
        services.TryAddSingleton<LatestReads>();
        services.TryAddSingleton<HistoryReads>();
        services.TryAddSingleton<ExportPages>();
        services.TryAddSingleton<ExportSlots>();
        services.TryAddSingleton<LiveStreams>();
        services.AddHostedService(provider => provider.GetRequiredService<LiveStreams>());
        services.Configure<KestrelServerOptions>(kestrel =>
            kestrel.Limits.MaxRequestLineSize = Math.Max(kestrel.Limits.MaxRequestLineSize, ExportEndpoints.MaxRequestLine));
        services.AddTelematicsLive();
        services.AddTelematicsCommandOperations();

        services.AddAuthentication(ApiAuthenticationHandler.SchemeName)
            .AddScheme<AuthenticationSchemeOptions, ApiAuthenticationHandler>(ApiAuthenticationHandler.SchemeName, null)
            .AddScheme<AuthenticationSchemeOptions, PageAuthenticationHandler>(PageAuthenticationHandler.SchemeName, null);
        services.AddAuthorization(options =>
        {
            foreach (var (policy, role) in ApiPolicies.LeastRoles)
            {
                options.AddPolicy(policy, builder => builder.AddAuthenticationSchemes(ApiAuthenticationHandler.SchemeName).RequireRole(role.ToString()));
            }
        });

        services.AddExceptionHandler<ApiExceptionHandler>();
        services.TryAddEnumerable(ServiceDescriptor.Transient<IStartupFilter, ApiPipeline>());
        services.ConfigureHttpJsonOptions(options =>
        {
            options.SerializerOptions.TypeInfoResolverChain.Insert(0, ApiJson.Default);
            options.SerializerOptions.DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull;
            options.SerializerOptions.NumberHandling = JsonNumberHandling.Strict;
        });
        services.AddOpenApi(ApiEndpointRouteBuilderExtensions.DocumentName, options =>
        {
            options.ShouldInclude = description => description.RelativePath?.StartsWith(ApiRoutes.Version1[1..], StringComparison.Ordinal) == true;
            options.AddDocumentTransformer<DocumentTransformer>();
            options.AddOperationTransformer<ParameterTransformer>();
            options.AddOperationTransformer<ProblemTransformer>();
            options.AddSchemaTransformer<SignalSchemaTransformer>();
        });
        return services;
    }
}
