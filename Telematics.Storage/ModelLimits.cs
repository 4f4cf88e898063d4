using Microsoft.EntityFrameworkCore;
using Telematics.Contracts;
using Telematics.Storage.Model;

namespace Telematics.Storage;

/// <summary>Longest texts and byte strings of the columns.</summary>
internal static class ModelLimits
{
    /// <summary>RocketMQ's limit for group and topic names, and ours for brokers.</summary>
    private const int LogName = 127;

    /// <summary>An MQTT client identifier, also of a client that is no car.</summary>
    private const int ClientId = 64;

    /// <summary>Of the reason why an erasure failed, the beginning.</summary>
    public const int ErasureFailure = 1_024;

    private const int Instance = 40;
    private const int Sha256 = 32;

    public static void Apply(ModelBuilder modelBuilder)
    {
        modelBuilder.Entity<Vehicle>(vehicle =>
        {
            vehicle.Property(v => v.VehicleId).HasMaxLength(VehicleId.MaxLength);
            vehicle.Property(v => v.Name).HasMaxLength(200);
            vehicle.Property(v => v.Vin).HasMaxLength(17);
            vehicle.Property(v => v.Brand).HasMaxLength(100);
            vehicle.Property(v => v.Model).HasMaxLength(100);
        });
        modelBuilder.Entity<VehicleCredential>().Property(credential => credential.SecretHash).HasMaxLength(Sha256);
        modelBuilder.Entity<ApiKey>().Property(key => key.Name).HasMaxLength(100);
        modelBuilder.Entity<ApiKey>().Property(key => key.KeyHash).HasMaxLength(Sha256);
        modelBuilder.Entity<RegistryChange>().Property(change => change.VehicleId).HasMaxLength(VehicleId.MaxLength);
        modelBuilder.Entity<VehicleConnection>(connection =>
        {
            connection.Property(c => c.ClientId).HasMaxLength(ClientId);
            connection.Property(c => c.ChannelId).HasMaxLength(Instance);
            connection.Property(c => c.Instance).HasMaxLength(Instance);
            connection.Property(c => c.Address).HasMaxLength(64);
            connection.Property(c => c.CloseReason).HasMaxLength(64);
        });
        modelBuilder.Entity<GatewayInstance>().Property(instance => instance.Instance).HasMaxLength(Instance);
        modelBuilder.Entity<Command>(command =>
        {
            command.Property(c => c.Type).HasMaxLength(64);
            command.Property(c => c.CreatedBy).HasMaxLength(100);
            command.Property(c => c.IdempotencyKey).HasMaxLength(255);
            command.Property(c => c.RequestHash).HasMaxLength(Sha256);
        });
        modelBuilder.Entity<CommandExecution>(execution =>
        {
            execution.Property(e => e.Instance).HasMaxLength(Instance);
            execution.Property(e => e.Code).HasMaxLength(64);
            execution.Property(e => e.Message).HasMaxLength(1_024);
        });
        modelBuilder.Entity<CommandEvent>(e =>
        {
            e.Property(x => x.Actor).HasMaxLength(120);
            e.Property(x => x.Reason).HasMaxLength(64);
        });
        modelBuilder.Entity<RejectedMessage>(rejected =>
        {
            rejected.Property(r => r.Topic).HasMaxLength(LogName);
            rejected.Property(r => r.Broker).HasMaxLength(LogName);
            rejected.Property(r => r.Detail).HasMaxLength(1_024);
        });
        modelBuilder.Entity<LogIdentity>().Property(identity => identity.Identity).HasMaxLength(LogName);
        modelBuilder.Entity<ConsumerOffset>(offset =>
        {
            offset.Property(o => o.Group).HasMaxLength(LogName);
            offset.Property(o => o.Topic).HasMaxLength(LogName);
            offset.Property(o => o.Broker).HasMaxLength(LogName);
        });
        modelBuilder.Entity<ProducerProgress>(progress =>
        {
            progress.Property(p => p.Group).HasMaxLength(LogName);
            progress.Property(p => p.Topic).HasMaxLength(LogName);
            progress.Property(p => p.Broker).HasMaxLength(LogName);
            progress.Property(p => p.Instance).HasMaxLength(10);
        });
        modelBuilder.Entity<Erasure>(erasure =>
        {
            erasure.Property(e => e.VehicleId).HasMaxLength(VehicleId.MaxLength);
            erasure.Property(e => e.RequestedBy).HasMaxLength(100);
            erasure.Property(e => e.LastFailure).HasMaxLength(ErasureFailure);
        });
        modelBuilder.Entity<TrimmedRange>(range =>
        {
            range.Property(r => r.Group).HasMaxLength(LogName);
            range.Property(r => r.Topic).HasMaxLength(LogName);
            range.Property(r => r.Broker).HasMaxLength(LogName);
        });
    }
}
