using System.Diagnostics.CodeAnalysis;
using IssuerGateway.Issuers;

namespace IssuerGateway.Checking.Fetching;

/// <summary>
/// A URL that may be requested: printable ASCII, https, host and optional port, no user information, and a path that
/// every party resolves alike. Nothing else ever reaches the HTTP client, so no text of a document can end a request line.
/// </summary>
public sealed record DocumentUrl
{
    private const int MaxLength = 2048;
    private const string Scheme = "https://";

    private DocumentUrl(string value, Endpoint endpoint)
    {
        Value = value;
        Endpoint = endpoint;
    }

    /// <summary>The exact text; what is sent is its part after the host, unchanged.</summary>
    public string Value { get; }

    public Endpoint Endpoint { get; }

    /// <summary>What is requested at the host: path and query.</summary>
    public string Target => Value.IndexOf('/', Scheme.Length) is > 0 and int start ? Value[start..] : "/";

    /// <summary>Keeps the path as written: a relying party requests these characters and no others.</summary>
    public Uri Uri => new(Value, new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true });

    public override string ToString() => Value;

    public static bool TryParse(string text, [NotNullWhen(true)] out DocumentUrl? url)
    {
        url = null;
        if (text.Length > MaxLength || text.AsSpan().ContainsAnyExceptInRange('!', '~') || text.AsSpan().ContainsAny('#', '\\')
            || !text.StartsWith(Scheme, StringComparison.Ordinal))
        {
            return false;
        }

        // Of a query only its place matters; the rest of the rules is that of an issuer with its path.
        int query = text.IndexOf('?');
        string address = query < 0 ? text : text[..query];
        if (!IssuerIdentifier.TryParse(WithoutSuffix(address), out IssuerIdentifier parts, out _))
        {
            return false;
        }

        if (System.Uri.TryCreate(text, UriKind.Absolute, out Uri? uri) && uri.Port == (parts.Port ?? 443))
        {
            url = new DocumentUrl(text, Endpoint.Of(parts));
        }

        return url is not null;
    }

    // An issuer may not end with the suffix, a document's URL may.
    private static string WithoutSuffix(string address) =>
        address.EndsWith(IssuerIdentifier.DiscoverySuffix, StringComparison.Ordinal) ? address[..^IssuerIdentifier.DiscoverySuffix.Length] : address;
}
