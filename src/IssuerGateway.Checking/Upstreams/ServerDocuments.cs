using IssuerGateway.Checking.Tokens;
using IssuerGateway.Issuers;

namespace IssuerGateway.Checking.Upstreams;

/// <summary>What the API servers have: the issuer of new tokens, and keys that may not be published.</summary>
/// <param name="ToCompare">The commands that show which keys are published, and which an API server has.</param>
internal sealed record ServerDocuments(IReadOnlyList<ApiServer> Servers, string ToCompare)
{
    public static readonly ServerDocuments None = new([], "");

    public IReadOnlyList<string> Issuers => [.. Servers.Select(server => server.Document?.Issuer).OfType<string>().Distinct(StringComparer.Ordinal)];

    /// <summary>The API server with the key of the token; null for none.</summary>
    public ApiServer? WithKeyOf(CompactToken token, TokenInput input) => Servers.FirstOrDefault(server => server.SignerOf(token, input.Text) is not null);

    /// <summary>The API server with the key that signed the token; null for none.</summary>
    public ApiServer? SignerOf(TokenInput input) => Servers.FirstOrDefault(server => server.HasSigned(input.Text));

    public string FixOfMissing => $"lead the URL to the gateway of this cluster, or wait for its next refresh before you sign with this key; {ToCompare}";

    public string FixOfOther => $"find out which of the two is wrong, or compromised; {ToCompare}";
}
