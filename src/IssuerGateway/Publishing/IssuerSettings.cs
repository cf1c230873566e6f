using IssuerGateway.Base;
using IssuerGateway.Checking.Tokens;
using IssuerGateway.Configuration;
using IssuerGateway.Issuers;

namespace IssuerGateway.Publishing;

/// <summary>The keys of one element of <c>Issuers</c> that say what may be published; the identifier may still be open.</summary>
internal sealed record IssuerSettings
{
    /// <summary>Absent when the operator leaves it to the gateway's own token.</summary>
    public required IssuerIdentifier? Identifier { get; init; }

    public required IReadOnlyList<IssuerIdentifier> PreviousIdentifiers { get; init; }

    public required bool AllowPrivateHost { get; init; }

    public required KeySetUriPolicy KeySetUriPolicy { get; init; }

    public required IReadOnlyList<string> RevokedKeys { get; init; }

    /// <summary>A projected token of the gateway's own pod that is verified against what is published; absent for none.</summary>
    public required string? CanaryTokenFile { get; init; }

    public static IssuerSettings Read(SettingsReader reader)
    {
        bool allowPrivateHost = reader.Flag("AllowPrivateHost", fallback: false);
        return new IssuerSettings
        {
            Identifier = reader.Text("Identifier") is { } text ? ReadIdentifier(reader, "Identifier", text, allowPrivateHost) : null,
            PreviousIdentifiers =
            [
                .. reader.Texts("PreviousIdentifiers")
                    .Select((previous, i) => ReadIdentifier(reader, $"PreviousIdentifiers:{i}", previous, allowPrivateHost))
                    .OfType<IssuerIdentifier>(),
            ],
            AllowPrivateHost = allowPrivateHost,
            KeySetUriPolicy = reader.Choice("JwksUri", KeySetUriPolicy.Publish),
            RevokedKeys = reader.Texts("RevokedKeys"),
            CanaryTokenFile = reader.Text("CanaryTokenFile"),
        };
    }

    public Issuer ToIssuer(IssuerIdentifier identifier) => new()
    {
        Identifier = identifier,
        PreviousIdentifiers = PreviousIdentifiers,
        KeySetUriPolicy = KeySetUriPolicy,
        RevokedKeys = RevokedKeys,
    };

    /// <summary>Two identifiers that a relying party would fetch from the same URL cannot both be published.</summary>
    public static IEnumerable<SettingError> SharedRoutes(IEnumerable<(string Key, IssuerIdentifier Identifier)> identifiers) =>
        from same in identifiers.GroupBy(entry => (entry.Identifier.Authority, entry.Identifier.Path))
        from later in same.Skip(1)
        let first = same.First()
        select new SettingError(later.Key, $"\"{later.Identifier}\"", $"an identifier with a host and path of its own; {first.Key} \"{first.Identifier}\" is fetched from the same URL",
            "remove one of the two, or give the clusters different hosts or paths");

    private static IssuerIdentifier? ReadIdentifier(SettingsReader reader, string key, string text, bool allowPrivateHost)
    {
        if (!IssuerIdentifier.TryParse(text, out IssuerIdentifier identifier, out (string Expected, string Hint) fault))
        {
            reader.Fail(key, !text.Contains("://", StringComparison.Ordinal) && TokenShape.IsLike(text.Trim()) ? "a token, which is not shown" : $"\"{text}\"", fault.Expected, fault.Hint);
            return null;
        }

        if (identifier.IsPrivateHost && !allowPrivateHost)
        {
            reader.Fail(key, $"\"{text}\"", "a host that relying parties on the internet can reach",
                $"give the API server a public --service-account-issuer, or set {reader.KeyOf("AllowPrivateHost")} to true for relying parties inside your network");
            return null;
        }

        return identifier;
    }
}
