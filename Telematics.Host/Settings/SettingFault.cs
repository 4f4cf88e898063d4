namespace Telematics.Host.Settings;

/// <summary>One wrong setting.</summary>
/// <param name="Path">The setting.</param>
/// <param name="Text">What is wrong, for the operator.</param>
/// <param name="IsUnreadable">Whether the value is not of the option's type, so that reading the options would throw.</param>
internal sealed record SettingFault(string Path, string Text, bool IsUnreadable);
