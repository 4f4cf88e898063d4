using Microsoft.OpenApi;
using Telematics.Api.Problems;

namespace Telematics.Api.Parameters;

/// <summary>
/// Reads the parameters of one request and collects every fault, also parameters that the endpoint does not have: a
/// misspelt filter must not answer with everything.
/// </summary>
internal sealed class RequestReader
{
    private readonly HttpContext _context;
    private readonly IReadOnlyList<ApiParameter> _declared;
    private readonly List<FieldError> _errors = [];

    private RequestReader(HttpContext context)
    {
        _context = context;
        _declared = context.GetEndpoint()?.Metadata.GetMetadata<ParameterMetadata>()?.Parameters ?? [];
        foreach (var name in context.Request.Query.Keys)
        {
            if (!IsDeclared(name))
            {
                var names = _declared.Where(parameter => parameter.Location == ParameterLocation.Query).Select(parameter => parameter.Name).ToArray();
                Refuse(name, names.Length == 0 ? "absent (no query parameters here)" : $"one of the parameters {string.Join(", ", names)}", context.Request.Query[name].ToString());
            }
        }
    }

    /// <summary>The refusal, once a fault was found.</summary>
    public ProblemResult? Problem => _errors.Count == 0 ? null : ProblemResult.For(ProblemTypes.InvalidRequest, _errors);

    /// <summary>The request.</summary>
    public HttpContext Context => _context;

    /// <summary>For minimal APIs: a handler's parameter of this type.</summary>
    public static ValueTask<RequestReader> BindAsync(HttpContext context) => ValueTask.FromResult(new RequestReader(context));

    /// <summary>The parameter's value, or its default when it is absent or at fault.</summary>
    public T? Get<T>(ApiParameter<T> parameter)
    {
        if (!_declared.Contains(parameter))
        {
            throw new InvalidOperationException($"The endpoint does not declare its parameter {parameter.Name}.");
        }

        var values = parameter.Location switch
        {
            ParameterLocation.Query => _context.Request.Query[parameter.Name],
            ParameterLocation.Header => _context.Request.Headers[parameter.Name],
            _ => new(_context.Request.RouteValues[parameter.Name] as string),
        };
        if (values.Count == 0)
        {
            if (parameter.IsRequired)
            {
                Refuse(parameter.Name, parameter.Limit, null);
            }

            return parameter.Default;
        }

        if (values.Count > 1)
        {
            Refuse(parameter.Name, "given once", values.ToString());
            return parameter.Default;
        }

        if (parameter.TryParse(values[0] ?? "", out var value))
        {
            return value;
        }

        Refuse(parameter.Name, parameter.Limit, values[0]);
        return parameter.Default;
    }

    /// <summary>Adds a fault that concerns more than one parameter.</summary>
    public void Refuse(string field, string limit, string? value) => _errors.Add(FieldError.For(field, limit, value));

    // Query names are case-insensitive in ASP.NET Core; ours are not, so that a request means the same behind every proxy and cache.
    private bool IsDeclared(string name)
    {
        foreach (var parameter in _declared)
        {
            if (parameter.Location == ParameterLocation.Query && parameter.Name.Equals(name, StringComparison.Ordinal))
            {
                return true;
            }
        }

        return false;
    }
}
