using Microsoft.Extensions.Options;

namespace Telematics.Ingest;

[OptionsValidator]
internal sealed partial class IngestOptionsValidator : IValidateOptions<IngestOptions>;
