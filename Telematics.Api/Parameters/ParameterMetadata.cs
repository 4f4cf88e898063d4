namespace Telematics.Api.Parameters;

/// <summary>The parameters of an endpoint: what its handler reads and its document lists.</summary>
internal sealed record ParameterMetadata(IReadOnlyList<ApiParameter> Parameters);
