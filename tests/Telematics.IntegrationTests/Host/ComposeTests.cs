using System.Globalization;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Configuration;
using Npgsql;
using Telematics.Gateway;
using Telematics.Host;
using Telematics.Host.Settings;
using Telematics.RocketMQ;
using Xunit;
using YamlDotNet.Core;
using YamlDotNet.Serialization;

namespace Telematics.IntegrationTests.Host;

/// <summary><c>compose.yaml</c> and <c>Dockerfile</c> say what the options classes, and each other, understand.</summary>
public sealed partial class ComposeTests
{
    private static readonly string Root = FindRoot();
    private static readonly string[] Dockerfile = File.ReadAllLines(Path.Combine(Root, "Dockerfile"));
    private static readonly Dictionary<string, object> Document = Parse();
    private static readonly Dictionary<string, Dictionary<object, object>> Services = Map(Document["services"])
        .ToDictionary(service => (string)service.Key, service => (Dictionary<object, object>)service.Value);

    public static TheoryData<string> Ours() => [.. Services.Where(service => service.Value.ContainsKey("build")).Select(service => service.Key)];

    [Fact]
    public void Each_role_has_a_service_and_each_service_of_ours_has_its_roles()
    {
        var roles = Role.None;
        foreach (var service in Ours().Select(row => row.Data))
        {
            var own = ProcessParts.Read(Settings(service)).Roles;
            Assert.NotEqual(Role.All, own);
            roles |= own;
        }

        Assert.Equal(Role.All, roles);
        Assert.All(["gateway", "ingest", "api"], service => Assert.Equal("2", Map(Services[service]["deploy"])["replicas"]));
    }

    [Theory]
    [MemberData(nameof(Ours))]
    public void A_process_with_the_settings_of_the_service_would_start(string service)
    {
        var builder = ServerBuilder.Create([.. Settings(service).AsEnumerable().Where(pair => pair.Value is not null).Select(pair => $"--{pair.Key}={pair.Value}")]);
        builder.AddServer();
        SettingsCheck.ThrowIfWrong(builder);
    }

    [Theory]
    [MemberData(nameof(Ours))]
    public void Log_and_database_are_services_that_it_waits_for(string service)
    {
        var settings = Settings(service);
        var nameServer = settings[$"{RocketMQOptions.SectionName}:{nameof(RocketMQOptions.NameServers)}"]!.Split(':');
        Assert.Contains($"{nameServer[0]}:{nameServer[1]} ", (string)Services["broker"]["command"], StringComparison.Ordinal);
        Assert.Contains($"/{nameServer[1]}", Probe(Services[nameServer[0]]), StringComparison.Ordinal);

        var database = new NpgsqlConnectionStringBuilder(settings.GetConnectionString("Telematics"));
        var server = Map(Services[database.Host!]["environment"]);
        Assert.Equal(
            (database.Username, database.Database, database.Password),
            ((string)server["POSTGRES_USER"], (string)server["POSTGRES_DB"], Substitute((string)server["POSTGRES_PASSWORD"])));
        Assert.Equal(
            [("broker", "service_healthy"), (database.Host!, "service_healthy")],
            Map(Services[service]["depends_on"]).Select(on => ((string)on.Key, (string)Map(on.Value)["condition"])).Order());
    }

    [Fact]
    public void The_broker_is_the_one_that_the_options_name_and_keeps_its_store()
    {
        var broker = File.ReadAllLines(Path.Combine(Root, "deploy", "broker.conf"))
            .Where(line => line.Length > 0 && line[0] != '#')
            .Select(line => line.Split('=', 2, StringSplitOptions.TrimEntries))
            .ToDictionary(pair => pair[0], pair => pair[1]);
        Assert.All(Ours().Select(row => row.Data), service => Assert.Equal(broker["brokerName"], Settings(service)[$"{RocketMQOptions.SectionName}:{nameof(RocketMQOptions.Brokers)}"]));
        Assert.Contains($"/{broker["listenPort"]}", Probe(Services["broker"]), StringComparison.Ordinal);
        Assert.Contains($"broker-store:{broker["storePathRootDir"]}", List(Services["broker"]["volumes"]));
        Assert.StartsWith(broker["storePathRootDir"], broker["storePathCommitLog"], StringComparison.Ordinal);
    }

    [Fact]
    public void Published_ports_are_the_ones_that_processes_listen_on()
    {
        var mqtt = new GatewayOptions().Port.ToString(CultureInfo.InvariantCulture);
        var tls = new GatewayOptions().Tls.Port.ToString(CultureInfo.InvariantCulture);
        var http = new HttpOptions().EffectivePort.ToString(CultureInfo.InvariantCulture);
        Assert.Equal([mqtt], List(Services["gateway"]["ports"]).Select(port => port.Split(':')[^1]));
        Assert.Equal([http], List(Services["api"]["ports"]).Select(port => port.Split(':')[^1]));
        Assert.Equal([mqtt, tls, http], Arguments("EXPOSE").Single().Split(' '));
        Assert.Contains($"/dev/tcp/127.0.0.1/{http} ", string.Concat(Dockerfile), StringComparison.Ordinal);
    }

    [Fact]
    public void Every_service_that_stays_has_a_health_check_and_is_started_again()
    {
        Assert.Contains(Dockerfile, line => line.StartsWith("HEALTHCHECK ", StringComparison.Ordinal));
        foreach (var (name, service) in Services.Where(service => service.Key != "broker-store"))
        {
            Assert.True(service.ContainsKey("healthcheck") || service.ContainsKey("build"), name);
            Assert.Equal("unless-stopped", service["restart"]);
        }
    }

    [Fact]
    public void Volumes_and_mounted_files_are_there()
    {
        var declared = Map(Document["volumes"]).Keys.Cast<string>().ToList();
        foreach (var source in Services.Values.Where(service => service.ContainsKey("volumes")).SelectMany(service => List(service["volumes"])).Select(volume => volume.Split(':')[0]))
        {
            Assert.True(source.StartsWith("./", StringComparison.Ordinal) ? File.Exists(Path.Combine(Root, source)) : declared.Contains(source), source);
        }
    }

    [Fact]
    public void The_image_runs_the_host_with_options_that_there_are()
    {
        var settings = new ConfigurationBuilder().AddInMemoryCollection(Arguments("ENV").Select(argument => argument.Split('=', 2)).Select(pair => KeyValuePair.Create(Key(pair[0]), (string?)pair[1]))).Build();
        Assert.Empty(new OptionNames(SettingsCheck.OptionsBySection).Check(settings.GetSection(TelematicsOptions.SectionName)));
        Assert.Equal(Assert.Single(Arguments("VOLUME")), settings[$"{TelematicsOptions.SectionName}:{nameof(TelematicsOptions.DataDirectory)}"]);
        Assert.Contains($"\"{typeof(ServerBuilder).Assembly.GetName().Name}.dll\"", Assert.Single(Arguments("ENTRYPOINT")), StringComparison.Ordinal);
        var project = Assert.Single(Arguments("RUN"), run => run.StartsWith("dotnet publish", StringComparison.Ordinal)).Split(' ')[2];
        Assert.True(File.Exists(Path.Combine(Root, project)), project);
    }

    private static IConfigurationRoot Settings(string service) => new ConfigurationBuilder()
        .AddInMemoryCollection(Map(Services[service]["environment"]).Select(variable => KeyValuePair.Create(Key((string)variable.Key), (string?)Substitute((string)variable.Value))))
        .Build();

    private static string Key(string variable) => variable.Replace("__", ":", StringComparison.Ordinal);

    private static string Substitute(string value) => Variable().Replace(value, "value-of-$1");

    private static string Probe(Dictionary<object, object> service) => string.Join(' ', List(Map(service["healthcheck"])["test"]));

    private static IEnumerable<string> Arguments(string instruction) =>
        Dockerfile.Where(line => line.StartsWith(instruction + " ", StringComparison.Ordinal)).Select(line => line[(instruction.Length + 1)..]);

    private static Dictionary<object, object> Map(object node) => (Dictionary<object, object>)node;

    private static IEnumerable<string> List(object node) => ((List<object>)node).Cast<string>();

    private static Dictionary<string, object> Parse()
    {
        using var reader = new StreamReader(Path.Combine(Root, "compose.yaml"));
        return new DeserializerBuilder().Build().Deserialize<Dictionary<string, object>>(new MergingParser(new Parser(reader)));
    }

    private static string FindRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "Telematics.sln")))
        {
            folder = folder.Parent!;
        }

        return folder.FullName;
    }

    [GeneratedRegex(@"\$\{(\w+):\?[^}]*\}")]
    private static partial Regex Variable();
}
