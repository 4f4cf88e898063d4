using System.Net;
using System.Text.Json;
using Xunit;

namespace Telematics.IntegrationTests.Api;

public sealed class OpenApiDocumentTests(ApiServerFixture fixture)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_route_is_in_the_document()
    {
        var document = await ReadAsync();
        var paths = document.GetProperty("paths").EnumerateObject().Select(path => path.Name).ToHashSet(StringComparer.Ordinal);
        var routes = fixture.Server.Endpoints().Select(endpoint => endpoint.RoutePattern.RawText!.TrimEnd('/')).Where(route => route.StartsWith("/api/", StringComparison.Ordinal)).ToHashSet(StringComparer.Ordinal);
        Assert.NotEmpty(routes);
        Assert.Equal(routes.Order(StringComparer.Ordinal), paths.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Every_operation_has_an_id_a_summary_a_description_a_role_and_its_errors()
    {
        foreach (var (name, operation) in await OperationsAsync())
        {
            Assert.True(operation.TryGetProperty("operationId", out _), name);
            Assert.True(operation.GetProperty("summary").GetString()!.Length > 5, name);
            Assert.Contains("Least role: ", operation.GetProperty("description").GetString(), StringComparison.Ordinal);
            Assert.NotEmpty(operation.GetProperty("tags").EnumerateArray());
            foreach (var status in new[] { "400", "401", "403", "500", "503" })
            {
                var response = operation.GetProperty("responses").GetProperty(status);
                Assert.Contains("urn:telematics:problem:", response.GetProperty("description").GetString(), StringComparison.Ordinal);
                Assert.True(response.GetProperty("content").TryGetProperty("application/problem+json", out _), $"{name} {status}");
            }

            Assert.Contains(operation.GetProperty("responses").EnumerateObject(), response => response.Name.StartsWith('2'));
        }
    }

    [Fact]
    public async Task Every_parameter_has_a_description_and_a_limit()
    {
        string[] limits = ["maximum", "maxLength", "maxItems", "enum", "format"];
        foreach (var (name, operation) in await OperationsAsync())
        {
            foreach (var parameter in operation.TryGetProperty("parameters", out var list) ? list.EnumerateArray() : [])
            {
                var where = $"{name} {parameter.GetProperty("name")}";
                Assert.True(parameter.GetProperty("description").GetString()!.Length > 10, where);
                Assert.Contains("Limit: ", parameter.GetProperty("description").GetString(), StringComparison.Ordinal);
                var schema = parameter.GetProperty("schema");
                Assert.True(limits.Any(limit => schema.TryGetProperty(limit, out _)), $"{where} has no limit: {schema}");
            }
        }
    }

    [Fact]
    public async Task Every_schema_property_has_a_description()
    {
        var document = await ReadAsync();
        foreach (var schema in document.GetProperty("components").GetProperty("schemas").EnumerateObject())
        {
            foreach (var property in schema.Value.TryGetProperty("properties", out var properties) ? properties.EnumerateObject() : [])
            {
                Assert.True(HasDescription(property.Value), $"{schema.Name}.{property.Name}: {property.Value}");
            }
        }
    }

    [Fact]
    public async Task Request_bodies_state_their_limits()
    {
        var vehicle = (await ReadAsync()).GetProperty("components").GetProperty("schemas").GetProperty("VehicleRequest").GetProperty("properties");
        Assert.Equal(200, vehicle.GetProperty("name").GetProperty("maxLength").GetInt32());
        Assert.Equal("^[A-HJ-NPR-Z0-9]{17}$", vehicle.GetProperty("vin").GetProperty("pattern").GetString());
    }

    [Fact]
    public async Task The_page_needs_nothing_from_elsewhere()
    {
        using var response = await fixture.Server.Client.GetAsync("/scalar/", Token);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        var page = await response.Content.ReadAsStringAsync(Token);
        Assert.DoesNotContain("https://", page, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("http://", page, StringComparison.OrdinalIgnoreCase);
        var scripts = System.Text.RegularExpressions.Regex.Matches(page, "src=\"([^\"]+)\"").Select(match => match.Groups[1].Value).ToArray();
        Assert.NotEmpty(scripts);
        foreach (var script in scripts)
        {
            using var asset = await fixture.Server.Client.GetAsync(new Uri(new Uri(fixture.Server.Client.BaseAddress!, "/scalar/"), script), Token);
            Assert.Equal(HttpStatusCode.OK, asset.StatusCode);
        }
    }

    // A reference has the description of the type that it names.
    private static bool HasDescription(JsonElement schema) =>
        schema.TryGetProperty("$ref", out _)
        || schema.TryGetProperty("description", out var description) && description.GetString()!.Length > 0
        || schema.TryGetProperty("oneOf", out var choices) && choices.EnumerateArray().Any(HasDescription);

    private async Task<JsonElement> ReadAsync()
    {
        using var response = await fixture.Server.Client.GetAsync("/openapi/v1.json", Token);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        return await response.JsonAsync(Token);
    }

    private async Task<IReadOnlyList<(string Name, JsonElement Operation)>> OperationsAsync() =>
        [.. from path in (await ReadAsync()).GetProperty("paths").EnumerateObject()
            from operation in path.Value.EnumerateObject()
            where operation.Name != "parameters"
            select ($"{operation.Name} {path.Name}", operation.Value)];
}
