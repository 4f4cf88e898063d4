using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Xunit;

namespace Telematics.IntegrationTests.RocketMQ;

/// <summary>
/// A RocketMQ cluster of the test's own, whose servers may be killed and started again: from the programs in
/// <c>TELEMATICS_TEST_ROCKETMQ_HOME</c>, else the test is skipped.
/// </summary>
internal sealed class PrivateRocketMQ : IAsyncDisposable
{
    /// <summary>The super user where access control is on.</summary>
    public const string AdminUser = "admin";

    /// <summary>Its secret.</summary>
    public const string AdminSecret = "s3cret-of-the-tests";

    private readonly string _home;
    private readonly PrivateRocketMQOptions _options;

    private PrivateRocketMQ(string home, PrivateRocketMQOptions options)
    {
        _home = home;
        _options = options;
        Folder = Directory.CreateTempSubdirectory("telematics-rocketmq-").FullName;
        Certificates = options.TlsEnforced ? new TestCertificates(Folder) : null;
        NameServers = [.. Enumerable.Range(0, options.NameServers).Select(number => new RocketMQServer(this, $"namesrv-{number}", FreePorts(1)))];
        var addresses = string.Join(';', NameServers.Select(server => server.Address));
        Brokers = [.. Enumerable.Range(0, options.Brokers).Select(number => new RocketMQServer(this, $"broker-{(char)('a' + number)}", FreePorts(3) + 2))];
        Cluster = new RocketMQCluster(addresses, "DefaultCluster", AdminAsync);
    }

    /// <summary>How to reach it.</summary>
    public RocketMQCluster Cluster { get; }

    /// <summary>Each may be killed and started.</summary>
    public IReadOnlyList<RocketMQServer> NameServers { get; }

    /// <summary>Each may be killed and started.</summary>
    public IReadOnlyList<RocketMQServer> Brokers { get; }

    /// <summary>Where stores, settings and logs are.</summary>
    public string Folder { get; }

    /// <summary>The files of a cluster with TLS; null without.</summary>
    public TestCertificates? Certificates { get; }

    /// <summary>Makes a cluster, starts it and waits until all its brokers are registered.</summary>
    public static async Task<PrivateRocketMQ> StartNewAsync(PrivateRocketMQOptions? options = null)
    {
        var home = RocketMQServers.Home
            ?? throw RocketMQServers.Skipped("TELEMATICS_TEST_ROCKETMQ_HOME does not name the folder with RocketMQ's bin/mqnamesrv and bin/mqbroker.");
        var cluster = new PrivateRocketMQ(home, options ?? new PrivateRocketMQOptions());
        try
        {
            cluster.WriteSettings();
            await Task.WhenAll(cluster.NameServers.Select(server => server.StartAsync()));
            await Task.WhenAll(cluster.Brokers.Select(server => server.StartAsync()));
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    /// <summary>Waits until all name servers know all brokers, as after their restart.</summary>
    public async Task WaitForBrokersAsync()
    {
        foreach (var server in NameServers)
        {
            for (var end = Environment.TickCount64 + 60_000; ;)
            {
                var (_, known) = await RunAdminAsync(["clusterList", "-n", server.Address]); // it may fail while they come
                if (Brokers.All(broker => known.Contains(broker.Address, StringComparison.Ordinal)))
                {
                    break;
                }

                Assert.True(Environment.TickCount64 < end, $"Not all brokers have registered with {server.Name}:\n{known}");
                await Task.Delay(500, TestContext.Current.CancellationToken);
            }
        }
    }

    /// <summary>The lowest of <paramref name="count"/> free ports in a row, below those that the system gives out by itself.</summary>
    public static int FreePorts(int count)
    {
        while (true)
        {
            var first = Random.Shared.Next(20_000, 32_000);
            var listeners = new List<TcpListener>();
            try
            {
                for (var port = first; port < first + count; port++)
                {
                    var listener = new TcpListener(IPAddress.Any, port);
                    listener.Start();
                    listeners.Add(listener);
                }

                return first;
            }
            catch (SocketException)
            {
                // One is taken: elsewhere.
            }
            finally
            {
                listeners.ForEach(listener => listener.Dispose());
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var server in Brokers.Concat(NameServers))
        {
            await server.KillAsync();
        }

        if (Directory.Exists(Folder))
        {
            Directory.Delete(Folder, recursive: true);
        }
    }

    /// <summary>Starts one of its servers.</summary>
    internal Task<WatchedProcess> LaunchAsync(RocketMQServer server)
    {
        var isBroker = Brokers.Contains(server);
        var conf = Path.Combine(Folder, $"{server.Name}.conf");
        return WatchedProcess.StartAsync(
            new Dictionary<string, string>
            {
                ["ROCKETMQ_DATA"] = Path.Combine(Folder, server.Name),
                ["JAVA_OPT"] = $"{(isBroker ? "-Xms192m -Xmx512m -XX:MaxDirectMemorySize=512m" : "-Xms32m -Xmx128m")} -XX:TieredStopAtLevel=1 -XX:+UseSerialGC {OwnTemporaryFiles()} {Tls()}",
            },
            "boot success",
            Folder,
            Path.Combine(_home, "bin", isBroker ? "mqbroker" : "mqnamesrv"),
            isBroker ? ["-n", Cluster.NameServers, "-c", conf] : ["-c", conf]);
    }

    private async Task<string> AdminAsync(string[] arguments)
    {
        var (exitCode, output) = await RunAdminAsync([.. arguments, "-n", Cluster.NameServers]);

        // The tool ends with 0 whatever happened, but prints what it caught.
        Assert.True(
            exitCode == 0 && !output.Contains("Exception", StringComparison.Ordinal),
            $"mqadmin {string.Join(' ', arguments)} ended with exit code {exitCode}:\n{output}");
        return output;
    }

    private async Task<(int ExitCode, string Output)> RunAdminAsync(string[] arguments)
    {
        if (Certificates is null && !_options.AccessControl && await AdminTool.GetAsync() is { } tool)
        {
            return (0, await tool.RunAsync(arguments));
        }

        var start = new ProcessStartInfo(Path.Combine(_home, "bin", "mqadmin"), arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["ROCKETMQ_DATA"] = Path.Combine(Folder, "mqadmin");
        // Where the tool looks for conf/tools.yml, its credentials.
        start.Environment["JAVA_OPT"] = $"-Xmx256m -XX:TieredStopAtLevel=1 -XX:+UseSerialGC {OwnTemporaryFiles()} -Drocketmq.home.dir={Folder} {Tls()}";
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, output + await error);
    }

    private void WriteSettings()
    {
        foreach (var server in NameServers)
        {
            File.WriteAllText(Path.Combine(Folder, $"{server.Name}.conf"), string.Create(CultureInfo.InvariantCulture, $"listenPort = {server.Port}\n"));
        }

        foreach (var server in Brokers)
        {
            WriteBrokerSettings(server);
        }

        Directory.CreateDirectory(Path.Combine(Folder, "tmp"));
        Directory.CreateDirectory(Path.Combine(Folder, "conf"));
        if (_options.AccessControl)
        {
            File.WriteAllText(Path.Combine(Folder, "conf", "tools.yml"), $"accessKey: {AdminUser}\nsecretKey: {AdminSecret}\n");
        }
    }

    private void WriteBrokerSettings(RocketMQServer server)
    {
        var store = Path.Combine(Folder, server.Name, "store");
        var settings = new Dictionary<string, string>
        {
            ["brokerClusterName"] = Cluster.Name,
            ["brokerName"] = server.Name,
            ["brokerId"] = "0",
            ["brokerIP1"] = "127.0.0.1",
            ["listenPort"] = server.Port.ToString(CultureInfo.InvariantCulture),
            ["haListenPort"] = (server.Port + 1).ToString(CultureInfo.InvariantCulture),
            ["storePathRootDir"] = store,
            ["storePathCommitLog"] = Path.Combine(store, "commitlog"),
            ["mappedFileSizeCommitLog"] = (64 << 20).ToString(CultureInfo.InvariantCulture),
            ["autoCreateTopicEnable"] = "false",
            ["maxTransferCountOnMessageInMemory"] = "2000",
            ["maxTransferBytesOnMessageInMemory"] = "4194304",
            // A machine whose other tests keep it busy is not a broker that must turn sends away.
            ["waitTimeMillsInSendQueue"] = "1000",
            ["diskMaxUsedSpaceRatio"] = "95",
            // Delayed messages: writing its wheel to disk every second would take a tenth of a core of every idle broker.
            ["timerFlushIntervalMs"] = "10000",
            // The shortest there is: after a name server's restart routes are back within so many ms.
            ["registerNameServerPeriod"] = "10000",
        };
        if (_options.AccessControl)
        {
            settings["authenticationEnabled"] = "true";
            settings["authenticationProvider"] = "org.apache.rocketmq.auth.authentication.provider.DefaultAuthenticationProvider";
            settings["authenticationMetadataProvider"] = "org.apache.rocketmq.auth.authentication.provider.LocalAuthenticationMetadataProvider";
            settings["initAuthenticationUser"] = $$"""{"username":"{{AdminUser}}","password":"{{AdminSecret}}"}""";
            settings["innerClientAuthenticationCredentials"] = $$"""{"accessKey":"{{AdminUser}}","secretKey":"{{AdminSecret}}"}""";
            settings["authorizationEnabled"] = "true";
            settings["authorizationProvider"] = "org.apache.rocketmq.auth.authorization.provider.DefaultAuthorizationProvider";
            settings["authorizationMetadataProvider"] = "org.apache.rocketmq.auth.authorization.provider.LocalAuthorizationMetadataProvider";
            settings["authConfigPath"] = Path.Combine(Folder, server.Name, "auth");
        }

        foreach (var (name, value) in _options.BrokerSettings)
        {
            settings[name] = value;
        }

        var text = new StringBuilder();
        foreach (var (name, value) in settings)
        {
            text.Append(CultureInfo.InvariantCulture, $"{name} = {value}\n");
        }

        File.WriteAllText(Path.Combine(Folder, $"{server.Name}.conf"), text.ToString());
    }

    // Keys that the servers make and native libraries that they unpack go with the folder.
    private string OwnTemporaryFiles() => $"-Djava.io.tmpdir={Path.Combine(Folder, "tmp")}";

    private string Tls() => Certificates is null
        ? ""
        : $"-Dtls.enable=true -Dtls.test.mode.enable=false -Dtls.server.mode=enforcing -Dtls.server.certPath={Certificates.ServerCertificate} " +
          $"-Dtls.server.keyPath={Certificates.ServerKey} -Dtls.client.authServer=true -Dtls.client.trustCertPath={Certificates.Authority}" +
          (_options.ClientCertificateRequired
            ? $" -Dtls.server.need.client.auth=require -Dtls.server.authClient=true -Dtls.server.trustCertPath={Certificates.Authority} " +
              $"-Dtls.client.certPath={Certificates.ClientCertificateAlone} -Dtls.client.keyPath={Certificates.ClientKey}"
            : "");
}
