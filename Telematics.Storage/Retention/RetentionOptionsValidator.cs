using Microsoft.Extensions.Options;

namespace Telematics.Storage.Retention;

[OptionsValidator]
internal sealed partial class RetentionOptionsValidator : IValidateOptions<RetentionOptions>;
