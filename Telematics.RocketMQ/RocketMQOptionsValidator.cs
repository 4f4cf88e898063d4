using Microsoft.Extensions.Options;
using Telematics.RocketMQ.Remoting;

namespace Telematics.RocketMQ;

[OptionsValidator]
internal sealed partial class RocketMQOptionsValidator : IValidateOptions<RocketMQOptions>;

/// <summary>What one attribute cannot say.</summary>
internal sealed class RocketMQAddressValidator : IValidateOptions<RocketMQOptions>
{
    public ValidateOptionsResult Validate(string? name, RocketMQOptions options)
    {
        var failures = new List<string>();
        failures.AddRange(RocketMQOptions.Split(options.NameServers).Where(address => !ServerAddress.TryParse(address, out _))
            .Select(address => Failure(nameof(options.NameServers), $"'{address}' is no host:port.")));
        failures.AddRange(RocketMQOptions.Split(options.Brokers).GroupBy(broker => broker, StringComparer.Ordinal).Where(broker => broker.Count() > 1)
            .Select(broker => Failure(nameof(options.Brokers), $"'{broker.Key}' is named {broker.Count()} times.")));
        if (options.AccessKey.Length == 0 != (options.SecretKey.Length == 0))
        {
            failures.Add(Failure(nameof(options.SecretKey), $"{nameof(options.AccessKey)} and {nameof(options.SecretKey)} go together; one of them is empty."));
        }

        return failures.Count > 0 ? ValidateOptionsResult.Fail(failures) : ValidateOptionsResult.Success;
    }

    private static string Failure(string setting, string fault) => $"{RocketMQOptions.SectionName}:{setting}: {fault}";
}
