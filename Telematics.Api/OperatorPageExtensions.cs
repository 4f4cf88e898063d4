using Microsoft.AspNetCore.Authorization;
using Telematics.Api.Authentication;
using Telematics.Storage.Model;

namespace Telematics.Api;

/// <summary>Pages for operators' browsers, beside the API.</summary>
public static class OperatorPageExtensions
{
    /// <summary>
    /// Lets only administrators in: by an API key as the password of HTTP Basic, or as Bearer; without authentication only
    /// programs on this machine, as in the API.
    /// </summary>
    public static TBuilder RequireOperator<TBuilder>(this TBuilder builder)
        where TBuilder : IEndpointConventionBuilder =>
        builder.RequireAuthorization(new AuthorizationPolicyBuilder(PageAuthenticationHandler.SchemeName).RequireRole(nameof(ApiRole.Administrator)).Build());
}
