using System.Text.Json;
using Telematics.Contracts;
using Telematics.Contracts.Commands;
using Telematics.Contracts.Telemetry;
using Telematics.Simulator.Cars;
using Telematics.Simulator.Driving;
using Xunit;

namespace Telematics.Tests.Simulator.Cars;

public sealed class CommandBookTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 24, 12, 0, 0, TimeSpan.Zero);

    private readonly CommandBook _book = new();
    private readonly Drive _drive = new(seed: 1, carNumber: 1);

    [Fact]
    public void A_command_is_accepted_and_then_succeeds()
    {
        var command = Command("unlock");
        Assert.Equal(CommandVerdict.Taken, _book.Take(command, Now, out var answer));
        Assert.Equal((command.CommandId, VehicleCommandState.Accepted), (answer.CommandId, answer.State));
        Assert.True(_drive.IsLocked);
        Assert.True(_book.IsWorking);

        var done = Finish(out _)!;
        Assert.Equal((command.CommandId, VehicleCommandState.Succeeded), (done.CommandId, done.State));
        Assert.Equal("""{"locked":false}""", done.Result.ToString());
        Assert.False(_drive.IsLocked);
        Assert.True(_book.IsDoorChangePending);
        Assert.False(_book.IsWorking);
        Assert.Null(Finish(out _));
    }

    [Fact]
    public void A_duplicate_is_answered_again_and_not_done_again()
    {
        var command = Command("lock");
        _book.Take(command, Now, out _);
        Assert.Equal(CommandVerdict.Repeated, _book.Take(command, Now, out var answer));
        Assert.Equal(VehicleCommandState.Accepted, answer.State);
        Finish(out _);
        Assert.Equal(CommandVerdict.Repeated, _book.Take(command, Now.AddYears(1), out answer));
        Assert.Equal(VehicleCommandState.Succeeded, answer.State);
        Assert.False(_book.IsWorking);
    }

    [Theory]
    [InlineData("fly", "{}", "unknownType")]
    [InlineData("setReportingInterval", "{}", "badParameters")]
    [InlineData("setReportingInterval", """{"seconds":0}""", "badParameters")]
    [InlineData("setReportingInterval", """{"seconds":3601}""", "badParameters")]
    [InlineData("setReportingInterval", """{"seconds":1.5}""", "badParameters")]
    [InlineData("setReportingInterval", """{"seconds":"5"}""", "badParameters")]
    [InlineData("setReportingInterval", "[]", "badParameters")]
    [InlineData("setSpeedLimit", """{"kilometersPerHour":9}""", "badParameters")]
    [InlineData("setSpeedLimit", """{"kilometersPerHour":251}""", "badParameters")]
    public void What_the_car_cannot_do_is_rejected_with_a_code(string type, string parameters, string code)
    {
        Assert.Equal(CommandVerdict.Rejected, _book.Take(Command(type, parameters), Now, out var answer));
        Assert.Equal((VehicleCommandState.Rejected, code), (answer.State, answer.Code));
        Assert.NotNull(answer.Message);
        Assert.False(_book.IsWorking);
    }

    [Fact]
    public void A_command_past_its_time_is_rejected()
    {
        Assert.Equal(CommandVerdict.Rejected, _book.Take(Command("lock"), Now.AddMinutes(2), out var answer));
        Assert.Equal("expired", answer.Code);
        Assert.Equal(CommandVerdict.Taken, _book.Take(Command("lock"), Now.AddMinutes(1), out _));
    }

    [Fact]
    public void An_order_older_than_the_newest_of_its_type_is_superseded()
    {
        Assert.Equal(CommandVerdict.Taken, _book.Take(Command("lock", order: 7), Now, out _));
        Assert.Equal(CommandVerdict.Rejected, _book.Take(Command("lock", order: 6), Now, out var answer));
        Assert.Equal("superseded", answer.Code);
        Assert.Equal(CommandVerdict.Taken, _book.Take(Command("unlock", order: 6), Now, out _));
        Assert.Equal(CommandVerdict.Taken, _book.Take(Command("lock", order: 8), Now, out _));
    }

    [Fact]
    public void A_rejected_order_supersedes_nothing()
    {
        _book.Take(Command("setSpeedLimit", """{"kilometersPerHour":1}""", order: 9), Now, out _);
        Assert.Equal(CommandVerdict.Taken, _book.Take(Command("setSpeedLimit", """{"kilometersPerHour":50}""", order: 8), Now, out _));
    }

    [Fact]
    public void The_effects_are_carried_out()
    {
        _book.Take(Command("setReportingInterval", """{"seconds":2}"""), Now, out _);
        Finish(out var effect);
        Assert.Equal(new CommandEffect(TimeSpan.FromSeconds(2), ReportNow: false), effect);

        _book.Take(Command("setSpeedLimit", """{"kilometersPerHour":36}"""), Now, out _);
        Finish(out effect);
        Assert.Equal(default, effect);
        Assert.Equal(10, _drive.SpeedLimit, 0.001);

        _book.Take(Command("locate"), Now, out _);
        var located = Finish(out effect)!;
        Assert.True(effect.ReportNow);
        Assert.Equal("""{"latitude":31.2304,"longitude":121.4737,"time":"2026-11-24T12:00:00Z"}""", located.Result.ToString());
    }

    [Fact]
    public void Old_answers_make_room_and_open_commands_do_not()
    {
        for (var i = 0; i < 32; i++)
        {
            Assert.Equal(CommandVerdict.Taken, _book.Take(Command("locate", order: i), Now, out _));
        }

        Assert.Equal(CommandVerdict.Rejected, _book.Take(Command("locate", order: 40), Now, out var answer));
        Assert.Equal("busy", answer.Code);
        Finish(out _);
        Assert.Equal(CommandVerdict.Taken, _book.Take(Command("locate", order: 41), Now, out _));
        for (var i = 0; i < 32; i++)
        {
            Assert.NotNull(Finish(out _));
        }

        Assert.Null(Finish(out _));
    }

    private static VehicleCommand Command(string type, string parameters = "{}", long order = 1) => new()
    {
        CommandId = Guid.NewGuid(),
        Order = order,
        Type = type,
        Parameters = JsonElement.Parse(parameters),
        IssuedAt = Now,
        NotAfter = Now.AddMinutes(1),
    };

    private VehicleCommandResult? Finish(out CommandEffect effect)
    {
        var present = new TelemetrySample { DeviceTime = UnixTime.ToMicroseconds(Now.UtcDateTime), Values = SignalValues.None };
        present.Values[SignalCatalogue.Latitude] = 31.2304;
        present.Values[SignalCatalogue.Longitude] = 121.4737;
        return _book.Finish(_drive, present, out effect);
    }
}
