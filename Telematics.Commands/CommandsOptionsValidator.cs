using Microsoft.Extensions.Options;

namespace Telematics.Commands;

[OptionsValidator]
internal sealed partial class CommandsOptionsValidator : IValidateOptions<CommandsOptions>;
