using IssuerGateway.Checking.Rules;

namespace IssuerGateway.Checking.Steps;

/// <summary>Where a relying party can be told to trust a CA that is not public.</summary>
internal static class PrivateCa
{
    private static readonly (string Party, string Setting)[] settings =
    [
        ("vault", "oidc_discovery_ca_pem"), ("openbao", "oidc_discovery_ca_pem"), ("kubernetes", "certificateAuthority"), ("aws", "the thumbprint of the provider"),
    ];

    /// <summary>What else than a public CA helps these parties; empty for none.</summary>
    public static string Registering(IReadOnlyList<RelyingParty> parties) => Named(parties, settings) is { Length: > 0 } named ? $", or register the CA at the relying party ({named})" : "";

    /// <summary>The parties that use a CA as <c>--ca</c> does, with the setting of each; empty for none.</summary>
    public static string Using(IReadOnlyList<RelyingParty> parties) => Named(parties, settings.Where(each => each.Party != "aws"));

    private static string Named(IReadOnlyList<RelyingParty> parties, IEnumerable<(string Party, string Setting)> known) =>
        string.Join(", ", known.Where(each => parties.Any(party => party.Id == each.Party)).GroupBy(each => each.Setting).Select(same => $"{string.Join(", ", same.Select(each => each.Party))}: {same.Key}"));
}
