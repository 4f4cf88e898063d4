using System.Text;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;
using Telematics.Contracts.Telemetry;
using Telematics.Vehicle;
using Telematics.Vehicle.Outbox;
using Xunit;

namespace Telematics.Tests.Vehicle;

public sealed class TelemetryOutboxTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private VehicleDatabase _database;
    private TelemetryOutbox _outbox;

    public TelemetryOutboxTests() => (_database, _outbox) = Open();

    public void Dispose()
    {
        _database.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void A_message_takes_its_number_when_it_is_handed_over()
    {
        Add(1);
        Assert.Equal(0, _outbox.Counter.Seq);

        var first = Decode(_outbox.TakeNext()!);
        Add(2);
        var second = Decode(_outbox.TakeNext()!);

        Assert.Equal((_outbox.Counter.Boot, 0L), (first.Boot, first.Seq));
        Assert.Equal((_outbox.Counter.Boot, 1L), (second.Boot, second.Seq));
        Assert.Equal(2, second.Samples[0].Values[SignalCatalogue.Speed]);
    }

    [Theory]
    [InlineData("json")]
    [InlineData("protobuf")]
    public void A_backlog_is_forwarded_in_order_and_many_samples_a_message(string format)
    {
        _database.Dispose();
        (_database, _outbox) = Open(Enum.Parse<PayloadFormat>(format, ignoreCase: true));
        for (var i = 0; i < 250; i++)
        {
            Add(i);
        }

        var speeds = new List<double>();
        while (_outbox.TakeNext() is { } publish)
        {
            Assert.Equal("telemetry/car-1", publish.Topic);
            Assert.InRange(publish.Body.Length, 1, 60 * 1024);
            var telemetry = Decode(publish);
            foreach (var sample in telemetry.Samples)
            {
                speeds.Add(sample.Values[SignalCatalogue.Speed]);
            }
        }

        Assert.Equal(Enumerable.Range(0, 250).Select(i => (double)i), speeds);
        Assert.Equal(3, _outbox.Counter.Seq);
        Assert.Equal(0, _outbox.Waiting);
    }

    [Fact]
    public void What_was_on_its_way_is_sent_again_after_a_restart_with_the_same_bytes_in_the_same_order()
    {
        var handedOver = new List<OutgoingPublish>();
        for (var i = 0; i < 3; i++)
        {
            Add(i);
            handedOver.Add(_outbox.TakeNext()!);
        }

        _outbox.Acknowledge(handedOver[1].Id);
        Add(3);
        var boot = _outbox.Counter.Boot;
        _database.Dispose();
        (_database, _outbox) = Open();

        var again = _outbox.GetUnacknowledged();
        Assert.Equal([handedOver[0].Id, handedOver[2].Id], again.Select(publish => publish.Id));
        Assert.Equal(handedOver[0].Body, again[0].Body);
        Assert.Equal(handedOver[2].Body, again[1].Body);
        var next = Decode(_outbox.TakeNext()!);
        Assert.Equal((boot, 3L), (next.Boot, next.Seq));
    }

    [Fact]
    public void No_more_than_32_are_on_their_way()
    {
        for (var i = 0; i < TelemetryOutbox.MaxUnacknowledged; i++)
        {
            Add(i);
            Assert.NotNull(_outbox.TakeNext());
        }

        Add(0);
        Assert.Null(_outbox.TakeNext());
        _outbox.Acknowledge(_outbox.GetUnacknowledged()[5].Id);
        Assert.NotNull(_outbox.TakeNext());
        Assert.Null(_outbox.TakeNext());
    }

    [Fact]
    public void A_lost_file_begins_another_counter()
    {
        var boot = _outbox.Counter.Boot;
        _database.Dispose();
        Directory.Delete(_folder.Path, recursive: true);
        (_database, _outbox) = Open();

        Assert.NotEqual(boot, _outbox.Counter.Boot);
        Assert.Equal(0, _outbox.Counter.Seq);
    }

    [Fact]
    public void A_damaged_file_is_moved_aside_and_begins_another_counter()
    {
        var boot = _outbox.Counter.Boot;
        _database.Dispose();
        File.WriteAllText(Path.Combine(_folder.Path, "vehicle.db"), new string('x', 8_192));
        (_database, _outbox) = Open();

        Assert.NotEqual(boot, _outbox.Counter.Boot);
        Assert.Single(Directory.GetFiles(_folder.Path, "vehicle.db.damaged-*"));
    }

    [Fact]
    public void A_second_client_cannot_use_the_same_file() =>
        Assert.Equal(5, Assert.Throws<SqliteException>(() => Open()).SqliteErrorCode);

    private (VehicleDatabase, TelemetryOutbox) Open(PayloadFormat format = PayloadFormat.Protobuf)
    {
        var database = VehicleDatabase.Open(_folder.Path, TimeProvider.System, NullLogger.Instance);
        return (database, new TelemetryOutbox(database, "car-1", format, NullLogger.Instance));
    }

    private void Add(int speed) =>
        _outbox.Add(Encoding.UTF8.GetBytes($$"""{"time":"2026-11-24T15:04:05Z","Vehicle.Speed":{{speed}},"Vehicle.Cabin.Name":"{{new string('n', speed % 200)}}"}"""));

    private static DecodedTelemetry Decode(OutgoingPublish publish)
    {
        var telemetry = new DecodedTelemetry();
        Assert.Equal(DecodeResult.Decoded, TelemetryCodec.Decode(publish.Body, Encoding.UTF8.GetBytes(publish.ContentType), telemetry));
        return telemetry;
    }
}
