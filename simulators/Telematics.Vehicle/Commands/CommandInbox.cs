using System.Globalization;
using System.Text.Json;
using Telematics.Contracts;
using Telematics.Contracts.Commands;
using Telematics.Vehicle.Outbox;

namespace Telematics.Vehicle.Commands;

/// <summary>
/// Takes orders: each command once, however often it comes; what came is on disk before it is acknowledged to the
/// gateway, and answered again from there. Answers go through the outbox.
/// </summary>
internal sealed class CommandInbox(VehicleDatabase database, TelemetryOutbox outbox, CommandExecutor executor, string vehicleId, TimeProvider clock, ILogger logger)
{
    // No command lives longer than 7 days, so an older id does not come again.
    private static readonly TimeSpan KeepIds = TimeSpan.FromDays(8);

    private const string InsertSql = "INSERT INTO command (command_id, type, is_final, topic, correlation_data, answer, taken_at) VALUES ($1, $2, 0, $3, $4, $5, $6)";

    /// <summary>Takes a message from a command topic; when it returns, it may be acknowledged.</summary>
    public void Receive(string topic, ReadOnlySpan<byte> body, string? responseTopic, byte[]? correlationData)
    {
        VehicleCommand? command;
        try
        {
            command = JsonSerializer.Deserialize(body, ContractsJson.Default.VehicleCommand);
        }
        catch (JsonException e)
        {
            logger.CommandUnreadable(topic, e.Message);
            return;
        }

        if (command is null)
        {
            logger.CommandUnreadable(topic, "null");
            return;
        }

        if (Accept(command, string.IsNullOrEmpty(responseTopic) ? $"{TopicNames.CommandResult}/{vehicleId}" : responseTopic, correlationData))
        {
            Finish(command, executor.Execute(command));
        }
    }

    /// <summary>At start: what was under way when the process ended may or may not have happened, and that is what is answered.</summary>
    public void AnswerInterrupted()
    {
        foreach (var (id, type) in GetUnfinished())
        {
            Finish(id, type, new VehicleCommandResult
            {
                CommandId = id,
                State = VehicleCommandState.Failed,
                Code = "interrupted",
                Message = "The onboard client restarted while it carried the order out.",
            });
        }
    }

    // True when the command is to be carried out now.
    private bool Accept(VehicleCommand command, string responseTopic, byte[]? correlationData)
    {
        lock (database.Lock)
        {
            using var transaction = database.Begin();
            if (FindAnswer(command.CommandId) is { } known)
            {
                outbox.AddAnswer(responseTopic, correlationData, known);
                transaction.Commit();
                logger.CommandRepeated(command.CommandId);
                return false;
            }

            var refusal = Refuse(command);
            var answer = refusal ?? new VehicleCommandResult { CommandId = command.CommandId, State = VehicleCommandState.Accepted };
            var body = Serialize(answer);
            database.Execute("DELETE FROM command WHERE is_final = 1 AND taken_at < $1", (clock.GetUtcNow() - KeepIds).ToUnixTimeMilliseconds());
            database.Execute(InsertSql, Key(command.CommandId), command.Type, responseTopic, correlationData, body, clock.GetUtcNow().ToUnixTimeMilliseconds());
            if (refusal is null)
            {
                database.Execute(
                    "INSERT INTO newest_order (type, \"order\") VALUES ($1, $2) ON CONFLICT (type) DO UPDATE SET \"order\" = excluded.\"order\"", command.Type, command.Order);
            }
            else
            {
                database.Execute("UPDATE command SET is_final = 1 WHERE command_id = $1", Key(command.CommandId));
            }

            outbox.AddAnswer(responseTopic, correlationData, body);
            transaction.Commit();
            logger.CommandAnswered(command.CommandId, command.Type, $"{answer.State} {answer.Code}".TrimEnd());
            return refusal is null;
        }
    }

    private VehicleCommandResult? Refuse(VehicleCommand command)
    {
        if (clock.GetUtcNow() > command.NotAfter)
        {
            return Rejected(command, "expired", $"It was not to be carried out after {command.NotAfter.UtcDateTime:O}.");
        }

        return database.Scalar("SELECT coalesce(max(\"order\"), -1) FROM newest_order WHERE type = $1", command.Type) > command.Order
            ? Rejected(command, "superseded", "A newer order of this type was taken.")
            : null;
    }

    private void Finish(VehicleCommand command, VehicleCommandResult result) => Finish(command.CommandId, command.Type, result);

    private void Finish(Guid commandId, string type, VehicleCommandResult result)
    {
        lock (database.Lock)
        {
            using var transaction = database.Begin();
            var body = Serialize(result);
            using (var command = database.Command("UPDATE command SET is_final = 1, answer = $2 WHERE command_id = $1 RETURNING topic, correlation_data", Key(commandId), body))
            using (var reader = command.ExecuteReader())
            {
                reader.Read();
                var (topic, correlationData) = (reader.GetString(0), reader.IsDBNull(1) ? null : (byte[])reader[1]);
                outbox.AddAnswer(topic, correlationData, body);
            }

            transaction.Commit();
        }

        logger.CommandAnswered(commandId, type, $"{result.State} {result.Code}".TrimEnd());
    }

    private byte[]? FindAnswer(Guid commandId)
    {
        using var command = database.Command("SELECT answer FROM command WHERE command_id = $1", Key(commandId));
        return command.ExecuteScalar() as byte[];
    }

    private List<(Guid Id, string Type)> GetUnfinished()
    {
        var unfinished = new List<(Guid, string)>();
        lock (database.Lock)
        {
            using var command = database.Command("SELECT command_id, type FROM command WHERE is_final = 0 ORDER BY taken_at");
            using var reader = command.ExecuteReader();
            while (reader.Read())
            {
                unfinished.Add((Guid.ParseExact(reader.GetString(0), "D"), reader.GetString(1)));
            }
        }

        return unfinished;
    }

    private static VehicleCommandResult Rejected(VehicleCommand command, string code, string message) =>
        new() { CommandId = command.CommandId, State = VehicleCommandState.Rejected, Code = code, Message = message };

    private static byte[] Serialize(VehicleCommandResult result) => JsonSerializer.SerializeToUtf8Bytes(result, ContractsJson.Default.VehicleCommandResult);

    private static string Key(Guid commandId) => commandId.ToString("D", CultureInfo.InvariantCulture);
}
