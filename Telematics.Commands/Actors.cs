namespace Telematics.Commands;

/// <summary>Who causes arrows, as <c>command_event.actor</c> has it.</summary>
internal static class Actors
{
    /// <summary>This role by itself: releases, timeouts, ends of the time to live.</summary>
    public const string Commands = "commands";

    /// <summary>The car.</summary>
    public const string Vehicle = "vehicle";

    /// <summary>A gateway instance.</summary>
    public static string Gateway(string instance) => $"gateway:{instance}";
}
