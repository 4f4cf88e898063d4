using Microsoft.Extensions.Configuration;
using Telematics.Host.Settings;
using Xunit;

namespace Telematics.IntegrationTests.Host;

/// <summary>What a process consists of, and which combinations are refused.</summary>
public sealed class ProcessPartsTests
{
    private const string RocketMQ = "Telematics:Messaging:Provider=RocketMQ";
    private const string Brokers = "Telematics:Messaging:RocketMQ:Brokers=broker-a";
    private const string Postgres = "ConnectionStrings:Telematics=Host=db";
    private const string LogIns = "Telematics:Gateway:Authentication=Credential";

    [Theory]
    [InlineData("gateway")]
    [InlineData("ingest", Postgres)]
    [InlineData("commands,api", Postgres)]
    [InlineData("gateway,ingest", Postgres)]
    [InlineData("gateway", Postgres, LogIns)]
    [InlineData("all")]
    public void With_rocketmq_and_postgresql_any_roles_go_together(string roles, params string[] settings) =>
        Assert.Empty(Validate([$"Telematics:Roles={roles}", RocketMQ, Brokers, .. settings]));

    [Fact]
    public void One_process_on_rocketmq_may_leave_open_which_its_broker_is() => Assert.Empty(Validate(RocketMQ));

    [Theory]
    [InlineData("gateway")]
    [InlineData("gateway", "Telematics:Messaging:RocketMQ:Brokers= ")]
    [InlineData("ingest,commands,api", Postgres)]
    public void One_of_several_processes_has_to_say_which_brokers(string roles, params string[] settings)
    {
        var failure = Assert.Single(Validate([$"Telematics:Roles={roles}", RocketMQ, .. settings]));
        Assert.Contains($"'{roles}'", failure, StringComparison.Ordinal);
        Assert.Contains("Telematics:Messaging:RocketMQ:Brokers is empty", failure, StringComparison.Ordinal);
    }

    [Fact]
    public void One_process_needs_neither() => Assert.Empty(Validate());

    [Fact]
    public void Fewer_roles_on_the_embedded_log_are_refused()
    {
        var failure = Assert.Single(Validate("Telematics:Roles=ingest,commands", Postgres));
        Assert.Contains("'ingest,commands'", failure, StringComparison.Ordinal);
        Assert.Contains(RocketMQ, failure, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ingest")]
    [InlineData("gateway,commands")]
    public void Fewer_roles_on_sqlite_are_refused(string roles) =>
        Assert.Contains("ConnectionStrings:Telematics", Assert.Single(Validate($"Telematics:Roles={roles}", RocketMQ, Brokers)), StringComparison.Ordinal);

    [Fact]
    public void A_lone_gateway_that_checks_log_ins_needs_the_database_and_is_told_why() =>
        Assert.Contains(LogIns, Assert.Single(Validate("Telematics:Roles=gateway", RocketMQ, Brokers, LogIns)), StringComparison.Ordinal);

    [Fact]
    public void What_is_wrong_with_log_and_database_is_said_at_once() => Assert.Equal(2, Validate("Telematics:Roles=api").Count);

    [Fact]
    public void A_lone_gateway_opens_no_database_even_where_one_is_named()
    {
        var parts = ProcessParts.Read(Settings("Telematics:Roles=gateway", RocketMQ, Postgres));
        Assert.False(parts.HasDatabase);
        Assert.False(parts.HasDataFolder);
        Assert.True(ProcessParts.Read(Settings("Telematics:Roles=gateway", RocketMQ, Postgres, LogIns)).HasDatabase);
    }

    [Fact]
    public void Only_what_keeps_files_holds_the_data_folder()
    {
        Assert.True(ProcessParts.Read(Settings()).HasDataFolder);
        Assert.True(ProcessParts.Read(Settings(RocketMQ)).HasDataFolder);
        Assert.True(ProcessParts.Read(Settings(Postgres)).HasDataFolder);
        Assert.False(ProcessParts.Read(Settings(RocketMQ, Postgres)).HasDataFolder);
    }

    [Theory]
    [InlineData("ingest", true)]
    [InlineData("all", true)]
    [InlineData("commands,api,gateway", false)]
    public void Recurring_work_runs_where_ingest_is(string roles, bool expected) =>
        Assert.Equal(expected, ProcessParts.Read(Settings($"Telematics:Roles={roles}", RocketMQ, Postgres)).RunsMaintenance);

    [Theory]
    [InlineData("gateway", false)]
    [InlineData("gateway", true, "Telematics:AllowPlainText=true")]
    [InlineData("gateway,api", true)] // the Api's own check looks after that
    public void Health_and_metrics_beyond_loopback_need_a_word(string roles, bool isAccepted, params string[] settings) =>
        Assert.Equal(
            isAccepted,
            new HttpAddressValidator(Settings([$"Telematics:Roles={roles}", .. settings])).Validate(null, new HttpOptions { Address = "0.0.0.0" }).Succeeded);

    private static List<string> Validate(params string[] settings)
    {
        var configuration = Settings(settings);
        var options = configuration.GetSection(TelematicsOptions.SectionName).Get<TelematicsOptions>() ?? new TelematicsOptions();
        return [.. new TelematicsOptionsValidator(configuration).Validate(null, options).Failures ?? []];
    }

    private static IConfigurationRoot Settings(params string[] settings) =>
        new ConfigurationBuilder().AddCommandLine([.. settings.Select(setting => $"--{setting}")]).Build();
}
