using System.IO.Pipelines;

namespace Telematics.Tests.Gateway;

internal sealed class TestDuplex(PipeReader input, PipeWriter output) : IDuplexPipe
{
    public PipeReader Input { get; } = input;

    public PipeWriter Output { get; } = output;
}
