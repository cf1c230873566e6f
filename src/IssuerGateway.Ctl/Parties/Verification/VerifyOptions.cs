using System.CommandLine;
using IssuerGateway.Base;
using IssuerGateway.Checking.Fetching;
using IssuerGateway.Checking.Tokens;
using IssuerGateway.Ctl.Parties.Drift;
using IssuerGateway.Issuers;

namespace IssuerGateway.Ctl.Parties.Verification;

/// <summary>What every <c>trust verify</c> compares a registration with, besides its options: a token, and the published keys.</summary>
internal sealed class VerifyOptions(ProgramEnvironment environment)
{
    private const int MaxBytes = 1024 * 1024;

    private readonly Option<string> token = new("--token") { Description = "Token of the workload, compared with the registration; - for standard input. It is never printed.", HelpName = "FILE" };
    private readonly Option<string> published = new("--published") { Description = "Key set of the cluster as a file (kubectl get --raw /openid/v1/jwks). Default: fetched from the issuer, when a token or uploaded keys are to be compared.", HelpName = "FILE" };

    /// <summary>Of two values the registration could be compared with either.</summary>
    public const string Ambiguous = "the token has a claim or a member of its header more than once";

    public const string AmbiguousFix = "find out which one the party takes: issuerctl check ISSUER --token FILE; no API server creates such a token";

    public IEnumerable<Option> All => [token, published];

    /// <summary>The token and the key set that were given; what is wrong with them goes to the errors.</summary>
    public VerifyInput Read(OptionValues values)
    {
        CompactToken? parsed = null;
        if (values.Raw(token) is { } file)
        {
            (TokenInput? input, string? cause, string? fix) = TokenInput.Load(file, environment.Input);
            parsed = input is null ? null : CompactToken.Parse(input.Text);
            if (parsed is null)
            {
                values.Reject(token.Name, cause!, expected: "", fix!);
            }
            else if (parsed.HasDuplicates)
            {
                values.Reject(token.Name, Ambiguous, expected: "", AmbiguousFix);
            }
        }

        return new VerifyInput(parsed, values.Raw(published) is { } keys ? ReadKeys(keys, values) : null);
    }

    /// <summary>Compares token and keys, and prints the report. Exit code 3 when the published keys are needed and cannot be fetched.</summary>
    public async Task<int> FinishAsync(VerifiedTrust trust, VerifyInput input, TrustReport report, ConnectionOverrides overrides, CancellationToken cancellationToken)
    {
        if (input.Token is { } claims)
        {
            TokenComparison.Compare(claims, trust, environment.NetworkTime, report);
        }

        IReadOnlyList<PinnedKey>? shown = input.Published;
        if (shown is null && (input.Token is not null || trust.HeldKeys is not null))
        {
            (shown, DocumentFault? fault) = await PublishedKeys.FetchAsync(trust.Workload.Issuer, overrides, environment.NetworkTime, cancellationToken);
            if (shown is null)
            {
                environment.Terminal.Fail($"{trust.Workload.Issuer.Value}: {fault!.Found}", $"{fault.Fix}; --published takes the key set from a file");
                return ExitCode.CouldNotRun;
            }
        }

        if (shown is not null)
        {
            TokenComparison.CompareKeys(shown, input.Token, trust, report);
        }
        else
        {
            report.NotChecked("token and keys", "because neither --token nor --published is given");
        }

        return report.Print(trust.Name, trust.Evidence, environment.Terminal);
    }

    private IReadOnlyList<PinnedKey>? ReadKeys(string file, OptionValues values)
    {
        if (ExportedFile.Read(published.Name, file, MaxBytes, "kubectl get --raw /openid/v1/jwks > FILE", values) is not { } content)
        {
            return null;
        }

        IReadOnlyList<PinnedKey>? keys = KeyFile.Read(content, out string fault);
        if (keys is null)
        {
            values.Reject(published.Name, fault, "a JWK Set (RFC 7517 §5) or public keys in PEM", "kubectl get --raw /openid/v1/jwks > FILE");
        }

        return keys;
    }
}

/// <summary>What was given to compare with; each is absent when it was not.</summary>
internal sealed record VerifyInput(CompactToken? Token, IReadOnlyList<PinnedKey>? Published);
