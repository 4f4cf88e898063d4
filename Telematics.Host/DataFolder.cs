using System.Globalization;
using Telematics.Contracts;

namespace Telematics.Host;

/// <summary>The data folder, held by this process alone while the object lives.</summary>
internal sealed class DataFolder : IDisposable
{
    private const string LockFileName = "telematics.lock";
    private const string ProcessFileName = "telematics.pid";
    private readonly FileStream _lock;

    private DataFolder(string path, FileStream lockFile)
    {
        Path = path;
        _lock = lockFile;
    }

    /// <summary>Full path.</summary>
    public string Path { get; }

    /// <summary>The full path of what the setting names; <c>./data</c> when it names nothing.</summary>
    public static string PathOf(string? directory) => System.IO.Path.GetFullPath(string.IsNullOrWhiteSpace(directory) ? "data" : directory);

    /// <summary>Makes the folder when it is missing and takes it.</summary>
    /// <exception cref="StartupException">It cannot be written, or another process has it.</exception>
    public static DataFolder Open(string? directory)
    {
        var path = PathOf(directory);
        try
        {
            Directory.CreateDirectory(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StartupException($"Data folder {path}: cannot be made ({e.Message}). Choose another one with --data DIR.", e);
        }

        FileStream lockFile;
        try
        {
            lockFile = new FileStream(System.IO.Path.Combine(path, LockFileName), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (UnauthorizedAccessException e)
        {
            throw new StartupException($"Data folder {path}: not writable ({e.Message}). Choose another one with --data DIR.", e);
        }
        catch (IOException e)
        {
            throw new StartupException($"Data folder {path}: in use by another process{OwnerOf(path)}, or not writable ({e.Message}). Stop that process, or choose another folder with --data DIR.", e);
        }

        try
        {
            File.WriteAllText(System.IO.Path.Combine(path, ProcessFileName), Environment.ProcessId.ToString(CultureInfo.InvariantCulture));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            lockFile.Dispose();
            throw new StartupException($"Data folder {path}: not writable ({e.Message}). Choose another one with --data DIR.", e);
        }

        return new DataFolder(path, lockFile);
    }

    public void Dispose() => _lock.Dispose();

    private static string OwnerOf(string path)
    {
        try
        {
            return $" (process {File.ReadAllText(System.IO.Path.Combine(path, ProcessFileName)).Trim()})";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }
}
