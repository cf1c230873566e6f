namespace IssuerGateway.Issuers;

/// <summary>Which JWS algorithms (RFC 7518 §3.1, RFC 8037, RFC 9864) the keys of a set can sign with.</summary>
public static class SigningAlgorithms
{
    private const int MaxLength = 32;

    private static readonly string[] ofRsa = ["PS256", "PS384", "PS512", "RS256", "RS384", "RS512"];
    private static readonly string[] ofEc = ["ES256", "ES384", "ES512"];

    /// <summary>RFC 8725 §3.2: a public issuer never signs with <c>none</c> or with a symmetric key.</summary>
    public static bool IsUnsafe(string algorithm) => algorithm.Equals("none", StringComparison.OrdinalIgnoreCase) || algorithm.StartsWith("HS", StringComparison.OrdinalIgnoreCase);

    /// <summary>Whether a discovery document may name it: no algorithm has a longer name, and a list of others must not grow by what a key says.</summary>
    public static bool IsNameable(string algorithm) =>
        algorithm.Length <= MaxLength && algorithm.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '+') && !IsUnsafe(algorithm);

    /// <summary>The <c>alg</c> of each key; for a key without one all that its type allows.</summary>
    public static HashSet<string> Of(IEnumerable<SigningKey> keys) =>
    [
        .. keys.SelectMany(key => key switch
        {
            { Algorithm: { Length: > 0 } algorithm } => [algorithm],
            { KeyType: "RSA" } => ofRsa,
            { KeyType: "EC" } => ofEc,
            _ => [],
        }).Where(IsNameable),
    ];
}
