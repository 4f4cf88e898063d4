using System.Text.Json;
using System.Text.Json.Serialization;

namespace Telematics.Contracts;

/// <summary>Enumerations in JSON by name in camel case; numbers are refused.</summary>
public sealed class CamelCaseEnumConverter<TEnum>() : JsonStringEnumConverter<TEnum>(JsonNamingPolicy.CamelCase, allowIntegerValues: false)
    where TEnum : struct, Enum;
