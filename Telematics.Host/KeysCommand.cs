using System.CommandLine;
using System.Globalization;
using Telematics.Storage.Model;
using Telematics.Storage.Registry;
using Command = System.CommandLine.Command;

namespace Telematics.Host;

/// <summary><c>keys create|list|revoke</c>: the keys of API callers, straight in the database; the server may be running.</summary>
internal static class KeysCommand
{
    public static Command Create(Option<string?> data, string[] settings)
    {
        var name = new Argument<string>("name") { Description = "Unique name of the key, 1 to 100 characters; it stands in the log of every change." };
        name.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<string>() is not { Length: >= 1 and <= 100 } text || string.IsNullOrWhiteSpace(text))
            {
                result.AddError("name: must have 1 to 100 characters.");
            }
        });
        var role = new Option<ApiRole>("--role") { Description = "What the key may do; each role includes the one before.", DefaultValueFactory = _ => ApiRole.Viewer };

        var create = new Command("create", "Makes a key and prints it, this once.") { name, role };
        create.SetAction((result, cancellationToken) => RunAsync(data, settings, result, async keys =>
        {
            var key = await keys.CreateAsync(result.GetRequiredValue(name), result.GetValue(role), cancellationToken);
            Console.WriteLine(key ?? $"There is a key '{result.GetValue(name)}' already, maybe a revoked one; choose another name.");
            return key is null ? ExitCode.Failure : ExitCode.Success;
        }, cancellationToken));

        var list = new Command("list", "Lists all keys, revoked ones too.");
        list.SetAction((result, cancellationToken) => RunAsync(data, settings, result, async keys =>
        {
            foreach (var key in await keys.ListAsync(cancellationToken))
            {
                var revoked = key.RevokedAt is { } at ? string.Create(CultureInfo.InvariantCulture, $"revoked {at:u}") : "";
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{key.Name,-40} {key.Role,-14} created {key.CreatedAt:u} {revoked}").TrimEnd());
            }

            return ExitCode.Success;
        }, cancellationToken));

        var revoke = new Command("revoke", "Revokes a key for good; streams that it opened end within a second.") { name };
        revoke.SetAction((result, cancellationToken) => RunAsync(data, settings, result, async keys =>
        {
            var revoked = await keys.RevokeAsync(result.GetRequiredValue(name), cancellationToken);
            Console.WriteLine(revoked ? $"Revoked '{result.GetValue(name)}'." : $"There is no key '{result.GetValue(name)}' that is not revoked.");
            return revoked ? ExitCode.Success : ExitCode.Failure;
        }, cancellationToken));

        return new Command("keys", "The keys of API callers (Telematics:Api:Authentication=ApiKey).") { create, list, revoke };
    }

    private static Task<int> RunAsync(Option<string?> data, string[] settings, ParseResult result, Func<ApiKeys, Task<int>> action, CancellationToken cancellationToken) =>
        DatabaseOnly.RunAsync(HostCommandLine.WithData(settings, result.GetValue(data)), services => action(services.GetRequiredService<ApiKeys>()), cancellationToken);
}
