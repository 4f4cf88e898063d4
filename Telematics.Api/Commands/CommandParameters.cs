using System.Text.RegularExpressions;
using Microsoft.OpenApi;
using Telematics.Api.Parameters;
using Telematics.Storage.Model;

namespace Telematics.Api.Commands;

/// <summary>Parameters that concern commands.</summary>
internal static partial class CommandParameters
{
    public static readonly IdParameter Id = new("commandId", "The command.") { IsRequired = true };

    public static readonly TextParameter IdempotencyKey = new(
        "Idempotency-Key", ParameterLocation.Header, "Against ordering twice: the same key with the same body answers the same command, with another body it is refused. A UUID, in quotes or not; keys are each caller's own and are kept with the command.", 257)
    {
        Pattern = KeyRegex(),
    };

    public static readonly ChoiceParameter<ExecutionState> ExecutionState = new("state", "Only executions in this state.");

    public static readonly ChoiceParameter<CommandState> CommandState = new("state", "Only commands in this state.");

    /// <summary>The key without the quotes of a structured field (RFC 9651 §3.3.3).</summary>
    public static string? Unquote(string? key) => key is ['"', .. var inner, '"'] ? inner : key;

    [GeneratedRegex("""^("[ !#-~]{1,255}"|[!#-~]{1,255})$""", RegexOptions.CultureInvariant)]
    private static partial Regex KeyRegex();
}
