using Microsoft.EntityFrameworkCore;
using Telematics.Storage.Model;

namespace Telematics.Storage;

/// <summary>Registry, commands, presence and progress. Telemetry itself is written past it (<see cref="ITelemetryStore"/>).</summary>
public class TelematicsDbContext(DbContextOptions options) : DbContext(options)
{
    public DbSet<Vehicle> Vehicles => Set<Vehicle>();

    public DbSet<VehicleCredential> VehicleCredentials => Set<VehicleCredential>();

    public DbSet<ApiKey> ApiKeys => Set<ApiKey>();

    public DbSet<RegistryChange> RegistryChanges => Set<RegistryChange>();

    public DbSet<VehicleConnection> VehicleConnections => Set<VehicleConnection>();

    public DbSet<GatewayInstance> GatewayInstances => Set<GatewayInstance>();

    public DbSet<Command> Commands => Set<Command>();

    public DbSet<CommandExecution> CommandExecutions => Set<CommandExecution>();

    public DbSet<CommandEvent> CommandEvents => Set<CommandEvent>();

    public DbSet<RejectedMessage> RejectedMessages => Set<RejectedMessage>();

    public DbSet<LogIdentity> LogIdentities => Set<LogIdentity>();

    public DbSet<ConsumerOffset> ConsumerOffsets => Set<ConsumerOffset>();

    public DbSet<ProducerProgress> ProducerProgress => Set<ProducerProgress>();

    public DbSet<RollupProgress> RollupProgress => Set<RollupProgress>();

    public DbSet<Erasure> Erasures => Set<Erasure>();

    public DbSet<TrimmedRange> TrimmedRanges => Set<TrimmedRange>();

    /// <inheritdoc/>
    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        ModelLimits.Apply(modelBuilder);
        modelBuilder.Entity<Vehicle>().HasIndex(vehicle => vehicle.VehicleId).IsUnique();
        modelBuilder.Entity<VehicleCredential>().HasIndex(credential => credential.VehicleKey).IsUnique().HasFilter("revoked_at IS NULL");
        modelBuilder.Entity<ApiKey>().HasIndex(key => key.Name).IsUnique();
        modelBuilder.Entity<ApiKey>().HasIndex(key => key.KeyHash).IsUnique();
        modelBuilder.Entity<RegistryChange>().HasKey(change => change.Number);
        modelBuilder.Entity<VehicleConnection>().HasKey(connection => connection.ClientId);
        modelBuilder.Entity<GatewayInstance>().HasKey(instance => instance.Instance);
        modelBuilder.Entity<Command>().HasKey(command => command.Order);
        modelBuilder.Entity<Command>().HasIndex(command => command.Id).IsUnique();
        modelBuilder.Entity<Command>().HasIndex(command => new { command.CreatedBy, command.IdempotencyKey }).IsUnique();
        modelBuilder.Entity<Command>().HasIndex(command => new { command.State, command.NotAfter });
        modelBuilder.Entity<CommandExecution>().HasKey(execution => new { execution.CommandOrder, execution.VehicleKey });
        modelBuilder.Entity<CommandExecution>().HasIndex(execution => new { execution.VehicleKey, execution.CommandOrder });
        modelBuilder.Entity<CommandExecution>().HasIndex(execution => new { execution.State, execution.Deadline });

        // The order of directed commands is asked only among those that are not delivered (created, queued, sent).
        modelBuilder.Entity<CommandExecution>()
            .HasIndex(execution => new { execution.VehicleKey, execution.CommandOrder }, "ix_command_execution_undelivered")
            .HasFilter("state <= 2");
        modelBuilder.Entity<CommandEvent>().HasIndex(e => new { e.CommandOrder, e.VehicleKey });
        modelBuilder.Entity<RejectedMessage>().HasIndex(rejected => rejected.VehicleId);
        modelBuilder.Entity<LogIdentity>().Property(identity => identity.Id).ValueGeneratedNever();
        modelBuilder.Entity<ConsumerOffset>().HasKey(offset => new { offset.Group, offset.Topic, offset.Broker, offset.QueueId });
        modelBuilder.Entity<ProducerProgress>().HasKey(progress => new { progress.Group, progress.Topic, progress.Broker, progress.QueueId, progress.Instance });
        modelBuilder.Entity<RollupProgress>().Property(progress => progress.Id).ValueGeneratedNever();
        modelBuilder.Entity<Erasure>().HasIndex(erasure => erasure.VehicleKey);
        modelBuilder.Entity<Erasure>().HasIndex(erasure => erasure.State).HasFilter("state = 0");
        SnakeCase.Apply(modelBuilder);
    }
}
