using System.Globalization;
using Microsoft.Extensions.Options;

namespace Telematics.Storage.Retention;

/// <summary>The coarser lives at least as long as the finer: reads by minutes and hours answer from the rollups also where samples are still there.</summary>
internal sealed class RetentionOrderValidator : IValidateOptions<RetentionOptions>
{
    public ValidateOptionsResult Validate(string? name, RetentionOptions options)
    {
        var failures = new List<string>();
        Compare(nameof(options.MinuteRollupDays), options.MinuteRollupDays, nameof(options.TelemetryDays), options.TelemetryDays, failures);
        Compare(nameof(options.HourRollupDays), options.HourRollupDays, nameof(options.MinuteRollupDays), options.MinuteRollupDays, failures);
        return failures.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(failures);
    }

    private static void Compare(string coarse, int coarseDays, string fine, int fineDays, List<string> failures)
    {
        if (coarseDays != 0 && (fineDays == 0 || coarseDays < fineDays))
        {
            failures.Add(string.Create(
                CultureInfo.InvariantCulture,
                $"{RetentionOptions.SectionName}:{coarse} is '{coarseDays}', but must not be shorter than {RetentionOptions.SectionName}:{fine}, which is '{fineDays}'{(fineDays == 0 ? " (for ever)" : "")}; 0 means for ever."));
        }
    }
}
