namespace Telematics.RocketMQ.Producing;

/// <summary>What came of sending a batch once.</summary>
/// <param name="Verdict">What it means.</param>
/// <param name="FirstOffset">The offset of the first message when <see cref="SendVerdict.Stored"/>; the others follow.</param>
/// <param name="Reason">In one word why it was not stored, for counting; else empty.</param>
/// <param name="Remark">The same for people.</param>
internal readonly record struct SendAnswer(SendVerdict Verdict, long FirstOffset = -1, string Reason = "", string Remark = "");
