using Microsoft.OpenApi;

namespace Telematics.Api.Parameters;

/// <summary>A UUID in the path, in lower or upper case with hyphens.</summary>
internal sealed class IdParameter(string name, string description) : ApiParameter<Guid>(name, ParameterLocation.Path, description)
{
    public override string Limit => "a UUID such as 019aa5c0-0000-7000-8000-000000000000";

    public override bool TryParse(string text, out Guid value) => Guid.TryParseExact(text, "D", out value);

    public override OpenApiSchema CreateSchema() => new() { Type = JsonSchemaType.String, Format = "uuid" };
}
