using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Telematics.Contracts;
using Telematics.Contracts.Commands;
using Telematics.Vehicle;
using Telematics.Vehicle.Commands;
using Telematics.Vehicle.Outbox;
using Xunit;

namespace Telematics.Tests.Vehicle;

public sealed class CommandInboxTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly FakeTimeProvider _clock = new(new DateTimeOffset(2026, 11, 24, 12, 0, 0, TimeSpan.Zero));
    private readonly VehicleDatabase _database;
    private readonly TelemetryOutbox _outbox;
    private readonly CountingCar _car = new();
    private readonly CommandInbox _inbox;

    public CommandInboxTests()
    {
        _database = VehicleDatabase.Open(_folder.Path, _clock, NullLogger.Instance);
        _outbox = new TelemetryOutbox(_database, "car-1", PayloadFormat.Json, NullLogger.Instance);
        _inbox = new CommandInbox(_database, _outbox, new CommandExecutor(_car), "car-1", _clock, NullLogger.Instance);
    }

    public void Dispose()
    {
        _database.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void A_command_is_accepted_carried_out_and_answered()
    {
        var id = Receive(CommandTypeNames.SetReportingInterval, """{"seconds":30}""");

        Assert.Equal(TimeSpan.FromSeconds(30), _car.ReportingInterval);
        var answers = TakeAnswers();
        Assert.Equal([VehicleCommandState.Accepted, VehicleCommandState.Succeeded], answers.Select(answer => answer.State));
        Assert.All(answers, answer => Assert.Equal(id, answer.CommandId));
    }

    [Fact]
    public void A_repeated_command_is_answered_again_and_not_carried_out_again()
    {
        var id = Receive(CommandTypeNames.Lock, "{}");
        TakeAnswers();
        Receive(CommandTypeNames.Lock, "{}", id: id);

        Assert.Equal(1, _car.Locks);
        Assert.Equal(VehicleCommandState.Succeeded, Assert.Single(TakeAnswers()).State);
    }

    [Fact]
    public void An_order_older_than_the_newest_of_its_type_is_superseded()
    {
        Receive(CommandTypeNames.SetReportingInterval, """{"seconds":30}""", order: 7);
        Receive(CommandTypeNames.SetReportingInterval, """{"seconds":10}""", order: 6);
        Receive(CommandTypeNames.Lock, "{}", order: 5);

        Assert.Equal(TimeSpan.FromSeconds(30), _car.ReportingInterval);
        Assert.Equal(1, _car.Locks);
        var rejected = Assert.Single(TakeAnswers(), answer => answer.State == VehicleCommandState.Rejected);
        Assert.Equal("superseded", rejected.Code);
    }

    [Fact]
    public void An_order_after_its_time_is_rejected_and_takes_no_place_in_the_order()
    {
        Receive(CommandTypeNames.Lock, "{}", order: 9, ttl: TimeSpan.FromSeconds(-1));
        Receive(CommandTypeNames.Lock, "{}", order: 8);

        Assert.Equal(1, _car.Locks);
        Assert.Equal("expired", Assert.Single(TakeAnswers(), answer => answer.State == VehicleCommandState.Rejected).Code);
    }

    [Theory]
    [InlineData("fly", "{}", VehicleCommandState.Rejected, "unknownType")]
    [InlineData(CommandTypeNames.SetSpeedLimit, "{}", VehicleCommandState.Rejected, "badParameter")]
    [InlineData(CommandTypeNames.SetSpeedLimit, """{"kilometersPerHour":251}""", VehicleCommandState.Rejected, "badParameter")]
    [InlineData(CommandTypeNames.SetReportingInterval, """{"seconds":0.5}""", VehicleCommandState.Rejected, "badParameter")]
    [InlineData(CommandTypeNames.Locate, "{}", VehicleCommandState.Failed, "noPosition")]
    public void What_cannot_be_done_says_why(string type, string parameters, VehicleCommandState state, string code)
    {
        Receive(type, parameters);

        var last = TakeAnswers()[^1];
        Assert.Equal((state, code), (last.State, last.Code));
    }

    [Fact]
    public void Locate_answers_the_position()
    {
        _car.Position = new CarPosition(31.23, 121.47, _clock.GetUtcNow());
        Receive(CommandTypeNames.Locate, "{}");

        var result = TakeAnswers()[^1].Result!.Value;
        Assert.Equal("""{"latitude":31.23,"longitude":121.47,"time":"2026-11-24T12:00:00Z"}""", result.GetRawText());
    }

    [Fact]
    public void What_was_under_way_at_a_crash_is_answered_as_interrupted_and_not_carried_out_again()
    {
        _car.Fails = true;
        Assert.Throws<InvalidOperationException>(() => Receive(CommandTypeNames.Lock, "{}"));
        TakeAnswers();

        _inbox.AnswerInterrupted();

        var answer = Assert.Single(TakeAnswers());
        Assert.Equal((VehicleCommandState.Failed, "interrupted"), (answer.State, answer.Code));
        _inbox.AnswerInterrupted();
        Assert.Empty(TakeAnswers());
    }

    [Fact]
    public void The_answer_goes_where_the_order_says_with_its_correlation_data()
    {
        Receive(CommandTypeNames.Lock, "{}", responseTopic: "command-result/elsewhere", correlation: [1, 2]);
        var publish = _outbox.TakeNext()!;
        Assert.Equal("command-result/elsewhere", publish.Topic);
        Assert.Equal([1, 2], publish.CorrelationData!);

        Receive(CommandTypeNames.Unlock, "{}");
        _outbox.TakeNext();
        Assert.Equal("command-result/car-1", _outbox.TakeNext()!.Topic);
    }

    [Fact]
    public void What_is_no_command_changes_nothing()
    {
        _inbox.Receive("command/all", "[]"u8, null, null);
        _inbox.Receive("command/all", "null"u8, null, null);
        _inbox.Receive("command/all", "{\"commandId\":1}"u8, null, null);

        Assert.Empty(TakeAnswers());
    }

    private Guid Receive(string type, string parameters, long order = 1, TimeSpan? ttl = null, Guid? id = null, string? responseTopic = null, byte[]? correlation = null)
    {
        using var document = JsonDocument.Parse(parameters);
        var command = new VehicleCommand
        {
            CommandId = id ?? Guid.NewGuid(),
            Order = order,
            Type = type,
            Parameters = document.RootElement,
            NotAfter = _clock.GetUtcNow() + (ttl ?? TimeSpan.FromMinutes(1)),
            IssuedAt = _clock.GetUtcNow(),
        };
        _inbox.Receive("command/p2p/car-1", JsonSerializer.SerializeToUtf8Bytes(command, ContractsJson.Default.VehicleCommand), responseTopic, correlation);
        return command.CommandId;
    }

    private List<VehicleCommandResult> TakeAnswers()
    {
        var answers = new List<VehicleCommandResult>();
        while (_outbox.TakeNext() is { } publish)
        {
            answers.Add(JsonSerializer.Deserialize(publish.Body, ContractsJson.Default.VehicleCommandResult)!);
            _outbox.Acknowledge(publish.Id);
        }

        return answers;
    }

    private sealed class CountingCar : ICarControls
    {
        private bool _isLocked;

        public int Locks { get; private set; }

        public bool Fails { get; set; }

        public TimeSpan ReportingInterval { get; set; }

        public int? SpeedLimit { get; set; }

        public CarPosition? Position { get; set; }

        public bool IsLocked
        {
            get => _isLocked;
            set
            {
                if (Fails)
                {
                    throw new InvalidOperationException("the car burns");
                }

                _isLocked = value;
                Locks++;
            }
        }
    }
}
