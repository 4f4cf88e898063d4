using Microsoft.Extensions.Options;

namespace Telematics.Messaging.Embedded;

[OptionsValidator]
internal sealed partial class EmbeddedLogOptionsValidator : IValidateOptions<EmbeddedLogOptions>;

/// <summary>What one attribute cannot say.</summary>
internal sealed class SegmentSizeValidator : IValidateOptions<EmbeddedLogOptions>
{
    public ValidateOptionsResult Validate(string? name, EmbeddedLogOptions options) =>
        options.SegmentBytes > options.RetentionBytes / 4
            ? ValidateOptionsResult.Fail($"{EmbeddedLogOptions.SectionName}:{nameof(options.SegmentBytes)} is {options.SegmentBytes}, but must be at most a quarter of {nameof(options.RetentionBytes)} ({options.RetentionBytes / 4}).")
            : ValidateOptionsResult.Success;
}
