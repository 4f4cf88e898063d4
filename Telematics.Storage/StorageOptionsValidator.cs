using Microsoft.Extensions.Options;

namespace Telematics.Storage;

[OptionsValidator]
internal sealed partial class StorageOptionsValidator : IValidateOptions<StorageOptions>;
