using System.CommandLine;
using IssuerGateway.Base;
using IssuerGateway.Checking.Fetching;

namespace IssuerGateway.Ctl.Parties.Verification;

/// <summary>
/// <c>trust verify PARTY</c> from what the party's own tool has exported, for parties whose credentials issuerctl does not use:
/// compares it with the wanted registration, a token and the published keys, and writes nothing.
/// </summary>
internal sealed class VerifyVerb
{
    private readonly Option<string[]> resolve = new("--resolve") { Description = "Addresses of the issuer in place of DNS, as HOST:PORT:ADDRESS[,ADDRESS...]. Repeatable.", HelpName = "ENTRY" };
    private readonly Option<string> ca = new("--ca") { Description = "PEM file with the CA of the issuer. Default: the roots of the system.", HelpName = "FILE" };
    private readonly Option<bool> allowPrivate = new("--allow-private") { Description = "Fetches a jwks_uri of another origin even at a private address." };

    /// <param name="read">Reads options and files, compares them into the report, or is absent when options are wrong and that was said.</param>
    public static Command Create(string party, string description, IEnumerable<Option> options, Func<OptionValues, TrustReport, VerifiedTrust?> read, ProgramEnvironment environment)
    {
        VerifyVerb verb = new();
        VerifyOptions shared = new(environment);
        Command verify = new(party, $"{description} Writes nothing.");
        foreach (Option option in (IEnumerable<Option>)[.. options, .. shared.All, verb.resolve, verb.ca, verb.allowPrivate])
        {
            verify.Options.Add(option);
        }

        verify.SetAction((result, cancellationToken) => verb.RunAsync(result, read, shared, environment, cancellationToken));
        return verify;
    }

    private async Task<int> RunAsync(ParseResult result, Func<OptionValues, TrustReport, VerifiedTrust?> read, VerifyOptions shared, ProgramEnvironment environment, CancellationToken cancellationToken)
    {
        OptionValues values = new(result);
        TrustReport report = new();
        VerifyInput input = shared.Read(values);
        VerifiedTrust? trust = read(values, report);
        List<SettingError> errors = [];
        ConnectionOverrides overrides = ConnectionOverrides.Parse(result.GetValue(resolve) ?? [], [], values.Raw(ca), result.GetValue(allowPrivate), errors);
        if (trust is null || values.Errors.Count + errors.Count > 0)
        {
            environment.Terminal.Fail([.. values.Errors, .. errors]);
            return ExitCode.Usage;
        }

        int code = await shared.FinishAsync(trust, input, report, overrides, cancellationToken);
        environment.WarnOfUnused(overrides, trust.Workload.Issuer);
        return code;
    }
}
