using Microsoft.Extensions.Options;

namespace Telematics.Gateway;

[OptionsValidator]
internal sealed partial class GatewayOptionsValidator : IValidateOptions<GatewayOptions>;
