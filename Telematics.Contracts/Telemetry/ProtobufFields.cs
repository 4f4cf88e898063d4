namespace Telematics.Contracts.Telemetry;

/// <summary>Field numbers of <c>telemetry.v1.proto</c>. A test compares them with the code that protoc generates from it.</summary>
internal static class ProtobufFields
{
    public const int Boot = 1;
    public const int Seq = 2;
    public const int BaseTime = 3;
    public const int Samples = 4;

    public const int TimeOffset = 1;
    public const int TimeMicros = 30;
    public const int Other = 31;

    public const int Key = 1;
    public const int Value = 2;

    public const int Number = 1;
    public const int Integer = 2;
    public const int Boolean = 3;
    public const int Text = 4;
    public const int Json = 5;

    // By Signal.Index.
    private static ReadOnlySpan<byte> BySignal => [2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 19, 20, 21, 13, 16, 17, 18, 22, 14, 23, 15, 24, 25];

    private static readonly sbyte[] Signals = CreateSignals();

    /// <summary>The field of a signal.</summary>
    public static int Of(int signalIndex) => BySignal[signalIndex];

    /// <summary>The signal of a field, or -1.</summary>
    public static int SignalOf(int field) => (uint)field < (uint)Signals.Length ? Signals[field] : -1;

    /// <summary>Whether a signal's values are zigzag-encoded (<c>sint32</c>): those that can be negative.</summary>
    public static bool IsSigned(Signal signal) => signal.Min < 0;

    private static sbyte[] CreateSignals()
    {
        var signals = new sbyte[32];
        Array.Fill(signals, (sbyte)-1);
        for (var i = 0; i < SignalCatalogue.Count; i++)
        {
            signals[Of(i)] = (sbyte)i;
        }

        return signals;
    }
}
