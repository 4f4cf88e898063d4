using System.Text;
using System.Text.Json;
using Telematics.Contracts;
using Telematics.Contracts.Commands;
using Telematics.Gateway.Sessions;
using Telematics.Messaging;

namespace Telematics.Gateway.Commands;

/// <summary>Gathers a loop's receipts and appends many as one message.</summary>
internal sealed class ReceiptBatch(SessionLoop loop)
{
    private List<CommandReceipt> _receipts = [];
    private long _due;

    /// <summary>Whether nothing waits to be appended.</summary>
    public bool IsEmpty => _receipts.Count == 0;

    /// <summary>Milliseconds until the receipts are due; null when there are none.</summary>
    public int? DueIn => _receipts.Count == 0 ? null : (int)Math.Max(0, _due - loop.Now);

    /// <summary>Adds a receipt.</summary>
    public void Add(CommandReceipt receipt)
    {
        if (_receipts.Count == 0)
        {
            _due = loop.Now + loop.Options.ReceiptLingerMilliseconds;
        }

        _receipts.Add(receipt);
        if (_receipts.Count >= loop.Options.ReceiptBatch)
        {
            Append();
        }
    }

    /// <summary>Appends what has waited long enough.</summary>
    public void AppendIfDue()
    {
        if (_receipts.Count > 0 && (loop.Now >= _due || loop.IsDraining))
        {
            Append();
        }
    }

    private void Append()
    {
        var receipts = _receipts;
        _receipts = [];
        var body = JsonSerializer.SerializeToUtf8Bytes(new CommandReceipts(loop.Instance, receipts), ContractsJson.Default.CommandReceipts);
        var message = new OutgoingMessage { Key = Encoding.UTF8.GetBytes(loop.Instance), Body = body };
        var owner = new AppendOwner(AppendClass.System, loop.Index, 0, 0).ToInt64();
        var admission = loop.Shared.CommandReceipts.Append(message, loop, new AppendToken(owner, (long)SystemAppend.Receipts), AppendBudget.Exempt);
        if (admission == AppendAdmission.Taken)
        {
            loop.Counters.ReceiptsAppended += receipts.Count;
            loop.Sweep.OnSystemAppended();
        }
        else
        {
            // The log is closed: the delivery timeout brings the orders again, the cars recognise them.
            loop.Shared.Logger.SystemAppendRefused(SystemAppend.Receipts);
        }
    }
}
