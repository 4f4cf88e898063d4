using Microsoft.Extensions.Options;

namespace Telematics.Api;

[OptionsValidator]
internal sealed partial class ApiOptionsValidator : IValidateOptions<ApiOptions>;
