using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Logging;
using Telematics.Contracts;
using Telematics.Contracts.Credentials;
using Telematics.Messaging;
using Telematics.Mqtt;
using Telematics.Mqtt.Packets;

namespace Telematics.Gateway.Sessions;

/// <summary>
/// CONNECT, from its arrival to CONNACK: limits, log-in, session, connect event. Each step may wait for another thread;
/// meanwhile the connection is not read. CONNACK follows when the connect event is stored.
/// </summary>
internal sealed class ConnectIntake(SessionLoop loop)
{
    private readonly ConnackWriter _connack = new(loop);
    private readonly Dictionary<int, CredentialQuestion> _authenticating = [];

    /// <summary>A CONNECT came.</summary>
    public void OnConnect(int slot, ReadOnlySpan<byte> body)
    {
        ref var connection = ref loop.Connections[slot];
        var isParsed = ConnectPacket.TryParse(body, out var packet, out var error);
        connection.Version = packet.Version;
        if (!isParsed)
        {
            loop.Shared.Logger.PacketRefused(string.Empty, error.ReasonCode, error.Text);
            loop.Ends.End(slot, EndOf(error.ReasonCode), error.ReasonCode);
            return;
        }

        if (Check(slot, packet) is var refusal && refusal.Reason is { } reason)
        {
            loop.Ends.End(slot, reason, refusal.Code);
            return;
        }

        connection.ReceiveMaximum = (ushort)packet.Properties.GetNumber(MqttPropertyId.ReceiveMaximum, absent: ushort.MaxValue);
        connection.MaximumPacketSize = packet.Properties.GetNumber(MqttPropertyId.MaximumPacketSize, absent: uint.MaxValue);
        connection.KeepAlive = packet.KeepAlive == 0 ? (ushort)loop.Options.MaxKeepAliveSeconds : (ushort)Math.Min(packet.KeepAlive, loop.Options.MaxKeepAliveSeconds);
        var isAssigned = packet.ClientId.IsEmpty;
        connection.ClientId = isAssigned ? "auto-" + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(12)) : Encoding.UTF8.GetString(packet.ClientId);

        var requested = packet.Version == MqttProtocolVersion.V500
            ? packet.Properties.GetNumber(MqttPropertyId.SessionExpiryInterval, absent: 0)
            : packet.CleanStart ? 0 : uint.MaxValue;
        var expiry = Math.Min(requested, (uint)loop.Options.MaxSessionExpirySeconds);
        var mustLogIn = loop.Options.Authentication == GatewayAuthentication.Credential;
        Will? will = null;
        if (packet.HasWill && CheckWill(slot, packet, mustLogIn, expiry == 0, out will) is { } code)
        {
            loop.Ends.End(slot, EndReason.WillRefused, code);
            return;
        }

        connection.Handshake = new Handshake
        {
            CleanStart = packet.CleanStart,
            SessionExpiry = expiry,
            IsExpiryChanged = expiry != requested,
            IsKeepAliveChanged = connection.KeepAlive != packet.KeepAlive,
            IsClientIdAssigned = isAssigned,
            IsVehicle = !isAssigned && VehicleId.IsValid(connection.ClientId),
            Will = will,
        };
        loop.Pause(slot, PauseReasons.Handshake);
        if (mustLogIn)
        {
            LogIn(slot, packet);
        }
        else
        {
            Claim(slot);
        }
    }

    /// <summary>The verdict on a log-in.</summary>
    public void OnVerdict(AppendOwner owner, CredentialVerdict verdict)
    {
        if (!loop.Connections.IsCurrent(owner.Slot, owner.Generation) || loop.Connections[owner.Slot].State != ConnectionState.Authenticating)
        {
            return;
        }

        _authenticating.Remove(owner.Slot);
        switch (verdict)
        {
            case CredentialVerdict.Accepted:
                loop.Connections[owner.Slot].IsAuthenticated = true;
                Claim(owner.Slot);
                break;
            case CredentialVerdict.Refused:
                loop.Ends.End(owner.Slot, EndReason.BadCredentials, MqttReasonCode.BadUserNameOrPassword);
                break;
            default:
                loop.Ends.End(owner.Slot, EndReason.CredentialsUnavailable, MqttReasonCode.ServerUnavailable);
                break;
        }
    }

    /// <summary>The session is here: the connect event may go.</summary>
    public void OnClaimed(int slot)
    {
        ref var connection = ref loop.Connections[slot];
        connection.State = ConnectionState.AwaitingStored;
        loop.CancelTimer(ref connection.Timer);
        connection.Timer = loop.AddTimer(TimerKind.Connection, slot, loop.Connections.GenerationOf(slot), loop.Options.ConnackWaitSeconds * 1_000L);
        if (!loop.Presence.TryAppendConnect(slot))
        {
            loop.Ends.End(slot, EndReason.LogUnavailable, MqttReasonCode.ServerUnavailable);
        }
    }

    /// <summary>The log answered for a connect event.</summary>
    public void OnEventOutcome(AppendOwner owner, AppendStatus status)
    {
        var slot = owner.Slot;
        if (!loop.Connections.IsCurrent(slot, owner.Generation))
        {
            return;
        }

        ref var connection = ref loop.Connections[slot];
        connection.IsConnectEventUnderWay = false;
        loop.Counters.WaitingConnections--;
        if (connection.State == ConnectionState.Lingering)
        {
            if (status is AppendStatus.Stored or AppendStatus.Unknown)
            {
                loop.Presence.AppendEnd(slot, EndReason.PeerClosed);
            }

            loop.Free(slot);
            loop.Sweep.OnEnded();
            return;
        }

        if (status == AppendStatus.Stored)
        {
            Accept(slot);
        }
        else
        {
            loop.Ends.End(slot, EndReason.LogUnavailable, MqttReasonCode.ServerUnavailable);
        }
    }

    /// <summary>The connection's deadline is there.</summary>
    public void OnTimer(int slot)
    {
        ref var connection = ref loop.Connections[slot];
        connection.Timer = default;
        switch (connection.State)
        {
            case ConnectionState.AwaitingConnect:
                loop.Ends.End(slot, EndReason.ConnectTimeout, MqttReasonCode.Success);
                break;
            case ConnectionState.Authenticating:
                loop.Ends.End(slot, EndReason.CredentialsUnavailable, MqttReasonCode.ServerUnavailable);
                break;
            case ConnectionState.TakingOver:
                loop.Ends.End(slot, EndReason.ConnectTimeout, MqttReasonCode.ServerUnavailable);
                break;
            case ConnectionState.AwaitingStored:
                loop.Ends.End(slot, EndReason.LogUnavailable, MqttReasonCode.ServerUnavailable);
                break;
            case ConnectionState.Open:
                CheckKeepAlive(slot);
                break;
        }
    }

    /// <summary>A vehicle's credential may have changed: log-ins of it that are being checked begin anew.</summary>
    public void OnCredentialChanged(string vehicleId)
    {
        foreach (var (slot, question) in _authenticating.ToArray())
        {
            if (question.VehicleId == vehicleId)
            {
                loop.Ends.End(slot, EndReason.Ordered, MqttReasonCode.ServerUnavailable);
            }
        }
    }

    /// <summary>A connection has ended: nobody waits for the verdict on it.</summary>
    public void OnEnded(int slot)
    {
        if (_authenticating.Remove(slot, out var question))
        {
            question.Withdraw();
        }
    }

    private (EndReason? Reason, MqttReasonCode Code) Check(int slot, in ConnectPacket packet)
    {
        if (loop.IsDraining)
        {
            return (EndReason.ServerShuttingDown, loop.Sweep.Elsewhere ?? MqttReasonCode.ServerUnavailable);
        }

        if (!loop.Shared.Connects.TryEnter() || loop.Counters.WaitingConnections >= Math.Max(1, loop.Options.MaxWaitingConnections / loop.Shared.Loops.Count))
        {
            return (EndReason.ServerBusy, MqttReasonCode.ServerBusy);
        }

        if (packet.Properties.TryGet(MqttPropertyId.AuthenticationMethod, out _))
        {
            return (EndReason.BadAuthenticationMethod, MqttReasonCode.BadAuthenticationMethod);
        }

        if (MqttText.ContainsControlCharacters(packet.ClientId)
            || Encoding.UTF8.GetCharCount(packet.ClientId) > loop.Options.MaxClientIdLength
            || (packet.ClientId.IsEmpty && loop.Options.Authentication == GatewayAuthentication.Credential))
        {
            loop.Shared.Logger.ClientIdRefused(slot, packet.ClientId.Length);
            return (EndReason.ClientIdentifierNotValid, MqttReasonCode.ClientIdentifierNotValid);
        }

        return default;
    }

    private MqttReasonCode? CheckWill(int slot, in ConnectPacket packet, bool isAuthenticated, bool isClean, out Will? will)
    {
        will = null;
        if (packet.WillQualityOfService == QualityOfService.ExactlyOnce)
        {
            loop.Counters.Refuse(Refusal.QoSNotSupported);
            return MqttReasonCode.QoSNotSupported;
        }

        if (packet.WillRetain)
        {
            loop.Counters.Refuse(Refusal.RetainNotSupported);
            return MqttReasonCode.RetainNotSupported;
        }

        var refusal = loop.Publishes.TryMakeWill(slot, packet, isAuthenticated, isClean, out will);
        if (refusal == Refusal.None)
        {
            return null;
        }

        loop.Counters.Refuse(refusal);
        loop.Shared.Logger.PublishRefused(loop.Connections[slot].ClientId, refusal);

        // 3.1.1 knows only "not authorized"; 5.0 has reason codes of its own.
        return packet.Version == MqttProtocolVersion.V500 && refusal is Refusal.UndeclaredTopic or Refusal.InvalidTopic or Refusal.ControlCharacter
            ? MqttReasonCode.TopicNameInvalid
            : MqttReasonCode.NotAuthorized;
    }

    private void LogIn(int slot, in ConnectPacket packet)
    {
        ref var connection = ref loop.Connections[slot];
        var isCertified = loop.Certified.TryTake(slot, out var certified);
        if (isCertified && CheckCertified(slot, packet, certified) is { } code)
        {
            loop.Ends.End(slot, EndReason.CertificateMismatch, code);
            return;
        }

        if (!isCertified && (!VehicleId.IsValid(packet.ClientId) || !packet.UserName.SequenceEqual(packet.ClientId) || !packet.HasPassword))
        {
            loop.Ends.End(slot, EndReason.BadCredentials, MqttReasonCode.BadUserNameOrPassword);
            return;
        }

        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        if (!isCertified)
        {
            SHA256.HashData(packet.Password, hash);
        }

        if (!loop.Shared.LogIns.TryAdd(!isCertified && loop.Shared.Verifier!.IsRemembered(connection.ClientId, hash)))
        {
            loop.Ends.End(slot, EndReason.ServerBusy, MqttReasonCode.ServerBusy);
            return;
        }

        connection.State = ConnectionState.Authenticating;
        var question = new CredentialQuestion(connection.ClientId, isCertified ? default : hash, loop, loop.OwnerOf(AppendClass.Connect, slot));
        _authenticating.Add(slot, question);
        loop.Shared.Verifier!.Verify(question);
    }

    /// <summary>What is wrong with a log-in by certificate: it is for the vehicle that the certificate names, and no other.</summary>
    private MqttReasonCode? CheckCertified(int slot, in ConnectPacket packet, string certified)
    {
        var clientId = loop.Connections[slot].ClientId;
        MqttReasonCode? code = !VehicleId.IsValid(certified) ? MqttReasonCode.NotAuthorized
            : certified != clientId ? MqttReasonCode.ClientIdentifierNotValid
            : packet.HasUserName && !packet.UserName.SequenceEqual(packet.ClientId) ? MqttReasonCode.NotAuthorized
            : null;
        if (code is not null)
        {
            var isFirst = !Interlocked.Exchange(ref loop.Shared.IsMismatchLogged, true);
            loop.Shared.Logger.CertificateMismatch(isFirst ? LogLevel.Warning : LogLevel.Debug, loop.Connections[slot].Peer, certified, clientId);
        }

        return code;
    }

    private void Claim(int slot)
    {
        ref var connection = ref loop.Connections[slot];
        connection.State = ConnectionState.TakingOver;
        if (loop.Register.TryClaim(slot, connection.Handshake!))
        {
            OnClaimed(slot);
        }
    }

    private void Accept(int slot)
    {
        ref var connection = ref loop.Connections[slot];
        var handshake = connection.Handshake!;
        connection.Handshake = null;
        connection.State = ConnectionState.Open;
        ref var session = ref loop.Sessions[connection.Session];
        session.Will = handshake.Will;
        session.Expiry = handshake.SessionExpiry;
        loop.Counters.Connections++;
        if (session.IsVehicle)
        {
            loop.Counters.ConnectedVehicles++;
        }

        _connack.Write(slot, handshake);
        loop.CancelTimer(ref connection.Timer);
        connection.LastReceived = loop.Now;
        connection.Timer = loop.AddTimer(TimerKind.Connection, slot, loop.Connections.GenerationOf(slot), connection.KeepAlive * 1_500L);
        loop.Shared.Logger.ClientConnected(connection.ClientId, (int)connection.Version, connection.KeepAlive, handshake.SessionPresent);
        loop.Deliveries.OnAccepted(slot);
        loop.Sweep.OnAccepted(slot);
        loop.Resume(slot, PauseReasons.Handshake);
    }

    private void CheckKeepAlive(int slot)
    {
        ref var connection = ref loop.Connections[slot];

        // While we do not read it, nothing of it can come. A client that does not take our bytes has no such excuse.
        const PauseReasons ours = PauseReasons.Budget | PauseReasons.PubackWindow | PauseReasons.Rate;
        var allowed = connection.KeepAlive * 1_500L;
        var rest = (connection.Paused & ours) != 0 ? allowed : connection.LastReceived + allowed - loop.Now;
        if (rest <= 0)
        {
            loop.Ends.End(slot, EndReason.KeepAliveTimeout, MqttReasonCode.KeepAliveTimeout);
            return;
        }

        connection.Timer = loop.AddTimer(TimerKind.Connection, slot, loop.Connections.GenerationOf(slot), rest);
    }

    private static EndReason EndOf(MqttReasonCode code) => code switch
    {
        MqttReasonCode.UnsupportedProtocolVersion => EndReason.UnsupportedProtocolVersion,
        MqttReasonCode.ClientIdentifierNotValid => EndReason.ClientIdentifierNotValid,
        MqttReasonCode.TopicNameInvalid => EndReason.WillRefused,
        MqttReasonCode.MalformedPacket => EndReason.MalformedPacket,
        _ => EndReason.ProtocolError,
    };
}
