using System.Runtime.CompilerServices;

namespace Telematics.Tests.Contracts;

/// <summary>Where the repository's files are: tests compare documents with what the code does.</summary>
internal static class RepositoryFolder
{
    public static string Path { get; } = System.IO.Path.GetFullPath(System.IO.Path.Combine(SourceFile(), "../../../.."));

    private static string SourceFile([CallerFilePath] string path = "") => path;
}
