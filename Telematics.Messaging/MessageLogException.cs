namespace Telematics.Messaging;

/// <summary>The message log cannot do what was asked; the text says what happened, to which topic or file, and what to do.</summary>
public sealed class MessageLogException : Exception
{
    /// <inheritdoc cref="MessageLogException"/>
    public MessageLogException(string message)
        : base(message)
    {
    }

    /// <inheritdoc cref="MessageLogException"/>
    public MessageLogException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
