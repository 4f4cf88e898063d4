using System.Xml.Linq;
using Xunit;

namespace Telematics.Tests.Architecture;

/// <summary>Who may reference whom (docs/architecture.md, "Projects"): any other edge fails here.</summary>
public sealed class ProjectReferencesTests
{
    private static readonly Dictionary<string, string[]> Allowed = new(StringComparer.Ordinal)
    {
        ["Telematics.Contracts"] = [],
        ["Telematics.Messaging"] = [],
        ["Telematics.RocketMQ"] = ["Telematics.Messaging"],
        ["Telematics.Mqtt"] = [],
        ["Telematics.Storage"] = ["Telematics.Contracts", "Telematics.Messaging"],
        ["Telematics.Gateway"] = ["Telematics.Contracts", "Telematics.Messaging", "Telematics.Mqtt"],
        ["Telematics.Ingest"] = ["Telematics.Contracts", "Telematics.Messaging", "Telematics.Storage"],
        ["Telematics.Commands"] = ["Telematics.Contracts", "Telematics.Messaging", "Telematics.Storage"],
        ["Telematics.Api"] = ["Telematics.Contracts", "Telematics.Messaging", "Telematics.Storage", "Telematics.Commands"],
        ["Telematics.Simulator"] = ["Telematics.Contracts", "Telematics.Mqtt"],
        ["Telematics.Vehicle"] = ["Telematics.Contracts"],
        ["Telematics.Host"] =
        [
            "Telematics.Contracts", "Telematics.Messaging", "Telematics.RocketMQ", "Telematics.Mqtt", "Telematics.Storage", "Telematics.Gateway",
            "Telematics.Ingest", "Telematics.Commands", "Telematics.Api", "Telematics.Simulator",
        ],
    };

    public static TheoryData<string> Projects() =>
        [.. ProjectFiles().Select(file => Path.GetFileNameWithoutExtension(file)).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Projects))]
    public void A_project_references_only_what_it_may(string project)
    {
        Assert.True(Allowed.TryGetValue(project, out var allowed), $"{project} is new: say on the architecture page and here what it may reference.");
        var file = ProjectFiles().Single(path => Path.GetFileNameWithoutExtension(path) == project);
        var references = XDocument.Load(file).Descendants("ProjectReference")
            .Select(reference => Path.GetFileNameWithoutExtension(reference.Attribute("Include")!.Value.Replace('\\', '/')));
        Assert.Empty(references.Except(allowed));
    }

    [Fact]
    public void Every_project_is_in_the_one_solution()
    {
        var solution = File.ReadAllText(Path.Combine(Repository.Root, "Telematics.sln"));
        var all = Directory.EnumerateFiles(Repository.Root, "*.csproj", SearchOption.AllDirectories)
            .Where(path => !path.Contains("/artifacts/", StringComparison.Ordinal))
            .Select(path => Path.GetFileName(path));
        Assert.All(all, name => Assert.Contains(name, solution, StringComparison.Ordinal));
        Assert.Single(Directory.EnumerateFiles(Repository.Root, "*.sln*", SearchOption.TopDirectoryOnly));
    }

    private static IEnumerable<string> ProjectFiles() =>
        Directory.EnumerateDirectories(Repository.Root, "Telematics.*")
            .Concat(Directory.EnumerateDirectories(Path.Combine(Repository.Root, "simulators"), "Telematics.*"))
            .SelectMany(folder => Directory.EnumerateFiles(folder, "*.csproj"));
}
