namespace Telematics.Storage;

/// <summary>A batch is more than one transaction may do; fewer messages may pass, and one message alone in parts.</summary>
internal sealed class TransactionTooWideException(string message) : Exception(message);
