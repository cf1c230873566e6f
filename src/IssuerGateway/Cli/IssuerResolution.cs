using IssuerGateway.Base;
using IssuerGateway.Issuers;
using IssuerGateway.Kubernetes.Documents;
using IssuerGateway.Publishing;
using IssuerGateway.Tls;
using IssuerGateway.Upstream;
using Microsoft.Extensions.Logging.Abstractions;

namespace IssuerGateway.Cli;

/// <summary>
/// Settles the identifier of issuers that the operator left open: the <c>iss</c> of the token with which the upstream is
/// queried, with a warning. Never for a certificate from a CA, and never from a document or a Host header.
/// </summary>
internal static class IssuerResolution
{
    public static IReadOnlyList<Issuer>? Resolve(GatewaySettings settings, Terminal terminal, out IReadOnlyList<SettingError> errors)
    {
        List<SettingError> found = [];
        List<Issuer> issuers = [];
        foreach (PublishedIssuerSettings each in settings.Issuers)
        {
            if ((each.Issuer.Identifier ?? OfOwnToken(each, settings.Tls, terminal, found)) is { } identifier)
            {
                issuers.Add(each.Issuer.ToIssuer(identifier));
            }
        }

        found.AddRange(IssuerSettings.SharedRoutes(issuers.SelectMany((issuer, i) =>
            issuer.AllIdentifiers.Select(identifier => ($"{settings.Issuers[i].Key}:Identifier", identifier)))));
        errors = found;
        return found.Count == 0 ? issuers : null;
    }

    private static IssuerIdentifier? OfOwnToken(PublishedIssuerSettings settings, TlsSettings tls, Terminal terminal, List<SettingError> errors)
    {
        string key = $"{settings.Key}:Identifier";
        const string Expected = "the issuer, exactly as tokens carry it";
        const string Hint = "kubectl get --raw /.well-known/openid-configuration | jq -r .issuer";
        string? issuer = Sources().OwnToken(settings.Upstream) is { } own && CompactToken.Parse(own) is { HasDuplicates: false } token ? token.Issuer : null;
        if (issuer is null)
        {
            errors.Add(new SettingError(key, "nothing, and no own token that names one", Expected, Hint));
            return null;
        }

        if (tls.Mode is TlsMode.Acme)
        {
            errors.Add(new SettingError(key, "nothing", $"{Expected}; the issuer is never taken from a token when ACME is on", $"if it is right, set {key} to \"{issuer}\""));
            return null;
        }

        if (!IssuerIdentifier.TryParse(issuer, out IssuerIdentifier identifier, out (string Expected, string Hint) fault))
        {
            errors.Add(new SettingError(key, $"nothing, and \"{issuer}\" in the gateway's own token", fault.Expected, fault.Hint));
            return null;
        }

        if (identifier.IsPrivateHost && !settings.Issuer.AllowPrivateHost)
        {
            errors.Add(new SettingError(key, $"nothing, and \"{issuer}\" in the gateway's own token", "a host that relying parties on the internet can reach",
                "give the API server a public --service-account-issuer and keep this one as a second value"));
            return null;
        }

        terminal.Warn($"{key}: not set, using the iss of the gateway's own token, \"{issuer}\"", $"set {key} to \"{issuer}\", so that another token cannot change it");
        return identifier;
    }

    // Only reads the token; nothing is queried, so there is nothing to log or to end.
    private static DocumentSources Sources() => new(new FetchLimits { ProbeInterval = null }, TimeProvider.System, NullLoggerFactory.Instance);
}
