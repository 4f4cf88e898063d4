using System.Diagnostics.CodeAnalysis;
using Microsoft.OpenApi;

namespace Telematics.Api.Parameters;

/// <summary>A parameter of a request, once for both: what is checked and what the OpenAPI document says.</summary>
internal abstract class ApiParameter(string name, ParameterLocation location, string description)
{
    /// <summary>Name in the query, the path or the headers.</summary>
    public string Name { get; } = name;

    /// <summary>Query, path or header.</summary>
    public ParameterLocation Location { get; } = location;

    /// <summary>One or two sentences for the document.</summary>
    public string Description { get; } = description;

    /// <summary>Whether it must be there.</summary>
    public bool IsRequired { get; init; }

    /// <summary>What is allowed, in words that continue "must be".</summary>
    public abstract string Limit { get; }

    /// <summary>The same for the document.</summary>
    public abstract OpenApiSchema CreateSchema();
}

/// <inheritdoc cref="ApiParameter"/>
internal abstract class ApiParameter<T>(string name, ParameterLocation location, string description) : ApiParameter(name, location, description)
{
    /// <summary>The value when the parameter is absent.</summary>
    public T? Default { get; init; }

    /// <summary>Reads the text; false when it is outside the limit.</summary>
    public abstract bool TryParse(string text, [MaybeNullWhen(false)] out T value);
}
