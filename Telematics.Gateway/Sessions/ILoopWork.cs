namespace Telematics.Gateway.Sessions;

/// <summary>Something that another thread asks of a loop; it runs on the loop's thread.</summary>
internal interface ILoopWork
{
    /// <summary>Does it.</summary>
    void Run(SessionLoop loop);
}
