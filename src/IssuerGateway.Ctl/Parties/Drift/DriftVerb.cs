using System.CommandLine;
using IssuerGateway.Base;
using IssuerGateway.Checking.Fetching;
using IssuerGateway.Issuers;

namespace IssuerGateway.Ctl.Parties.Drift;

/// <summary>
/// <c>trust drift PARTY --uploaded FILE</c>: uploaded or pinned keys beside the published ones. A copy that is not renewed
/// fails at the next rotation. Exit code 0 when they are the same, 1 when they differ, 3 when nothing is published.
/// </summary>
internal sealed class DriftVerb
{
    private const int MaxBytes = 1024 * 1024;

    private readonly Option<string> uploaded = new("--uploaded") { HelpName = "FILE" };
    private readonly Option<string> issuer = new("--issuer") { Description = "Issuer whose published keys are compared. This or --published.", HelpName = "URL" };
    private readonly Option<string> published = new("--published") { Description = "Key set of the cluster as a file, for an issuer that cannot be reached from here; - for standard input.", HelpName = "FILE" };
    private readonly Option<string[]> resolve = new("--resolve") { Description = "Addresses in place of DNS, as HOST:PORT:ADDRESS[,ADDRESS...]. Repeatable.", HelpName = "ENTRY" };
    private readonly Option<string> ca = new("--ca") { Description = "PEM file with the CA of the issuer. Default: the roots of the system.", HelpName = "FILE" };
    private readonly Option<bool> allowPrivate = new("--allow-private") { Description = "Fetches a jwks_uri of another origin even at a private address." };
    private readonly ProgramEnvironment environment;
    private readonly string renew;

    private DriftVerb(string uploadedIs, string renew, ProgramEnvironment environment)
    {
        uploaded.Description = $"{uploadedIs} Required.";
        this.renew = renew;
        this.environment = environment;
    }

    /// <param name="uploadedIs">What the file is and how to get it.</param>
    /// <param name="renew">How the copy is renewed.</param>
    public static Command Create(string party, string uploadedIs, string renew, ProgramEnvironment environment)
    {
        DriftVerb verb = new(uploadedIs, renew, environment);
        Command drift = new(party, "Compares uploaded or pinned keys with the published ones.") { verb.uploaded, verb.issuer, verb.published, verb.resolve, verb.ca, verb.allowPrivate };
        drift.SetAction(verb.RunAsync);
        return drift;
    }

    private async Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        OptionValues values = new(arguments);
        string file = values.Required(uploaded, OptionRule.NotEmpty("a file with the keys that the party holds", uploaded.Description!));
        string? address = values.Raw(issuer), copy = values.Raw(published);
        if ((address is null) == (copy is null))
        {
            values.Reject(issuer.Name, address is null ? "neither this nor --published" : "both this and --published", "one of --issuer and --published", "--published takes the output of kubectl get --raw /openid/v1/jwks");
        }

        IssuerIdentifier identifier = default;
        if (address is not null && !IssuerIdentifier.TryParse(address, out identifier, out (string Expected, string Hint) fault))
        {
            values.Reject(issuer.Name, PrintableText.Quote(address), fault.Expected, fault.Hint);
        }

        List<SettingError> errors = [];
        ConnectionOverrides overrides = ConnectionOverrides.Parse(arguments.GetValue(resolve) ?? [], [], values.Raw(ca), arguments.GetValue(allowPrivate), errors);
        IReadOnlyList<PinnedKey>? held = file.Length > 0 ? Read(uploaded.Name, file, values) : null;
        IReadOnlyList<PinnedKey>? shown = copy is not null ? Read(published.Name, copy, values) : null;
        if (values.Errors.Count + errors.Count > 0)
        {
            environment.Terminal.Fail([.. values.Errors, .. errors]);
            return ExitCode.Usage;
        }

        if (shown is null)
        {
            (shown, DocumentFault? failure) = await PublishedKeys.FetchAsync(identifier, overrides, environment.NetworkTime, cancellationToken);
            environment.WarnOfUnused(overrides, identifier);
            if (shown is null)
            {
                environment.Terminal.Fail($"{identifier.Value}: {failure!.Found}", failure.Fix);
                return ExitCode.CouldNotRun;
            }
        }
        else
        {
            environment.WarnOfUnused(overrides);
        }

        return Report(KeyDrift.Between(shown, held!), shown.Count);
    }

    private int Report(KeyDrift drift, int count)
    {
        Terminal terminal = environment.Terminal;
        if (drift.IsNone)
        {
            terminal.Print($"no drift: the party holds the {count} published {(count == 1 ? "key" : "keys")} and no other");
            return ExitCode.Good;
        }

        foreach ((IReadOnlyList<PinnedKey> keys, string meaning) in (IEnumerable<(IReadOnlyList<PinnedKey>, string)>)
        [
            (drift.Missing, "is published, but the party does not hold it: tokens that it signs are rejected"),
            (drift.Stale, "is held by the party, but no longer published: tokens that it signs are still accepted"),
            (drift.Replaced, "is held by the party with other key material than is published under this kid: every signature is rejected"),
        ])
        {
            foreach (PinnedKey key in keys)
            {
                terminal.Print($"drift: {PrintableText.Of(key.Name)} {meaning}");
            }
        }

        terminal.Print($"fix: {renew}");
        return ExitCode.Findings;
    }

    private IReadOnlyList<PinnedKey>? Read(string option, string file, OptionValues values)
    {
        const string hint = "public keys only; the file is not sent anywhere";
        byte[] content;
        try
        {
            content = file == "-" ? ReadInput() : NamedFile.Read(file, MaxBytes);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            values.Reject(option, PrintableText.Quote(file), $"a file that can be read, at most {MaxBytes} bytes", hint);
            return null;
        }

        IReadOnlyList<PinnedKey>? keys = KeyFile.Read(content, out string fault);
        if (keys is null)
        {
            values.Reject(option, fault, "a JWK Set (RFC 7517 §5) or public keys in PEM", hint);
        }

        return keys;
    }

    private byte[] ReadInput()
    {
        char[] buffer = new char[MaxBytes];
        return System.Text.Encoding.UTF8.GetBytes(buffer, 0, environment.Input.ReadBlock(buffer, 0, buffer.Length));
    }
}
