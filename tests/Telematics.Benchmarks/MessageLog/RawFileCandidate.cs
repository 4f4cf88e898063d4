namespace Telematics.Benchmarks.MessageLog;

/// <summary>The floor: one <c>write</c> a group into one file, no checksum, no index, no recovery.</summary>
internal sealed class RawFileCandidate(string directory, int bodyLength) : ILogCandidate
{
    private readonly FileStream _file = new(Path.Combine(directory, "raw.log"), FileMode.Create, FileAccess.ReadWrite, FileShare.Read, bufferSize: 0);
    private readonly byte[] _group = new byte[(bodyLength + 24) * 4096];
    private readonly byte[] _body = new byte[bodyLength];

    public string Name => "raw file append";

    public void Append(int messages)
    {
        var length = 0;
        for (var i = 0; i < messages; i++)
        {
            BitConverter.TryWriteBytes(_group.AsSpan(length), _body.Length);
            _body.CopyTo(_group.AsSpan(length + 24));
            length += 24 + _body.Length;
        }

        _file.Write(_group, 0, length);
    }

    public long ReadBack()
    {
        _file.Position = 0;
        var messages = 0L;
        int read;
        while ((read = _file.ReadAtLeast(_group, _group.Length, throwOnEndOfStream: false)) > 0)
        {
            messages += read / (24 + _body.Length);
        }

        return messages;
    }

    public void Dispose() => _file.Dispose();
}
