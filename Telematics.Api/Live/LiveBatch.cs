namespace Telematics.Api.Live;

/// <summary>One answer of <see cref="LiveSubscription.NextAsync"/>; good until the next call, which fills it anew.</summary>
internal sealed class LiveBatch
{
    /// <summary>What the reader held before is void: this batch begins the whole set of matching vehicles again.</summary>
    public bool IsReset { get; internal set; }

    /// <summary>Newest states of matching vehicles that changed, each vehicle once.</summary>
    public List<LiveVehicle> Changed { get; } = [];

    /// <summary>Ids of vehicles that do not match any more: they left the rectangle, or were deleted.</summary>
    public List<string> Left { get; } = [];

    /// <summary>Where to resume after this batch; null while more of the same moment follows.</summary>
    public string? Token { get; internal set; }

    /// <summary>Whether the next batch follows without waiting.</summary>
    public bool HasMore => Token is null;

    internal void Clear()
    {
        IsReset = false;
        Changed.Clear();
        Left.Clear();
        Token = null;
    }
}
