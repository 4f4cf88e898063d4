using Telematics.Messaging;

namespace Telematics.Gateway.Sessions;

/// <summary>Appends wills.</summary>
internal sealed class WillPublisher(SessionLoop loop)
{
    /// <summary>Appends a session's will, if it has one, and takes it away.</summary>
    public void Publish(ref Session session)
    {
        if (session.Will is not { } will)
        {
            return;
        }

        session.Will = null;
        var message = new OutgoingMessage { Key = will.Key, Properties = will.Properties, Body = will.Body };
        var owner = new AppendOwner(AppendClass.System, loop.Index, 0, 0).ToInt64();
        var admission = will.Route.Producer!.Append(message, loop, new AppendToken(owner, (long)SystemAppend.Will), AppendBudget.Exempt);
        if (admission == AppendAdmission.Taken)
        {
            loop.Counters.MessagesIn++;
            loop.Sweep.OnSystemAppended();
        }
        else
        {
            loop.Counters.Refuse(Refusal.LogRefused);
            loop.Shared.Logger.WillNotAppended(session.ClientId, will.Route.Name, admission);
        }
    }
}
