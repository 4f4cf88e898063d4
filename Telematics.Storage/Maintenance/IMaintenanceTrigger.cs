namespace Telematics.Storage.Maintenance;

/// <summary>Has a <see cref="IMaintenanceTask"/> run at once instead of at its next time.</summary>
public interface IMaintenanceTrigger
{
    /// <summary>Asks for a run; returns at once. Where nobody schedules in this process, the task's schedule is what brings it.</summary>
    /// <param name="taskName"><see cref="IMaintenanceTask.Name"/>.</param>
    void RunSoon(string taskName);
}
