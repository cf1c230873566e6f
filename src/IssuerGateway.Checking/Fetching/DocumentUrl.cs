using System.Diagnostics.CodeAnalysis;
using System.Text.RegularExpressions;
using IssuerGateway.Issuers;

namespace IssuerGateway.Checking.Fetching;

/// <summary>
/// A URL that may be requested: printable ASCII, https (or http where a party takes it), host and optional port, no user information, and a path that
/// every party resolves alike. Nothing else ever reaches the HTTP client, so no text of a document can end a request line.
/// </summary>
public sealed partial record DocumentUrl
{
    private const int MaxLength = 2048;
    private const string Scheme = "https://";
    private const string PlainScheme = "http://";

    private DocumentUrl(string value, Endpoint endpoint)
    {
        Value = value;
        Endpoint = endpoint;
    }

    /// <summary>The exact text; what is sent is its part after the host, unchanged.</summary>
    public string Value { get; }

    public Endpoint Endpoint { get; }

    /// <summary>Whether it is http, so that whoever is on the way can replace the document.</summary>
    public bool IsPlain => !Value.StartsWith(Scheme, StringComparison.Ordinal);

    /// <summary>Scheme, host and port, as written.</summary>
    public string Origin => Value[..End(Value)];

    /// <summary>What is requested at the host: path and query. RFC 9110 §4.2.3: an empty path is a slash.</summary>
    public string Target => Value[End(Value)..] is var rest && rest.StartsWith('/') ? rest : "/" + rest;

    /// <summary>Keeps the path as written: a relying party requests these characters and no others.</summary>
    public Uri Uri => new(Origin + Target, new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true });

    public override string ToString() => Value;

    /// <summary>The discovery document of an issuer, whose parser is the stricter one.</summary>
    public static DocumentUrl OfDiscovery(IssuerIdentifier issuer) =>
        TryParse(issuer.DiscoveryUri, out DocumentUrl? url) ? url : throw new InvalidOperationException("an issuer whose discovery document has no URL");

    public static bool TryParse(string text, [NotNullWhen(true)] out DocumentUrl? url) => TryParse(text, allowPlain: false, out url);

    /// <param name="allowPlain">Whether http is a scheme too, as it is for parties that fetch with Go's net/http.</param>
    /// <param name="allowDots">Whether dot segments are requested as they are written, as net/http does.</param>
    public static bool TryParse(string text, bool allowPlain, [NotNullWhen(true)] out DocumentUrl? url, bool allowDots = false)
    {
        url = null;

        // RFC 3986 §3.1: letter case does not matter in a scheme, and only there.
        text = text.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) ? Scheme + text[Scheme.Length..]
            : text.StartsWith(PlainScheme, StringComparison.OrdinalIgnoreCase) ? PlainScheme + text[PlainScheme.Length..]
            : text;
        bool isPlain = allowPlain && text.StartsWith(PlainScheme, StringComparison.Ordinal);
        if (text.Length > MaxLength || text.AsSpan().ContainsAnyExceptInRange('!', '~') || text.AsSpan().ContainsAny('#', '\\')
            || !(isPlain || text.StartsWith(Scheme, StringComparison.Ordinal)))
        {
            return false;
        }

        // Of a query only its place matters; the rest of the rules is that of an issuer with its path.
        int query = text.IndexOf('?');
        string address = Scheme + EmptySegments().Replace((query < 0 ? text : text[..query])[(isPlain ? PlainScheme : Scheme).Length..], "/");
        if (!IssuerIdentifier.TryParse(WithoutSuffix(allowDots ? DotSegments().Replace(address, "/-") : address), out IssuerIdentifier parts, out _))
        {
            return false;
        }

        if (System.Uri.TryCreate(text, UriKind.Absolute, out Uri? uri) && uri.Port == (parts.Port ?? (isPlain ? 80 : 443)))
        {
            url = new DocumentUrl(text, new Endpoint(parts.Host, uri.Port));
        }

        return url is not null;
    }

    private static int End(string value) => value.IndexOfAny(['/', '?'], value.IndexOf("//", StringComparison.Ordinal) + 2) is >= 0 and int end ? end : value.Length;

    // Unlike dot segments (RFC 3986 §5.2.4) no client resolves empty ones: what is requested is what is written.
    [GeneratedRegex("(?<!^)/{2,}", RegexOptions.CultureInvariant)]
    private static partial Regex EmptySegments();

    [GeneratedRegex("/(?:\\.|%2e){1,2}(?=/|$)", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex DotSegments();

    // An issuer may not end with the suffix, a document's URL may.
    private static string WithoutSuffix(string address) =>
        address.EndsWith(IssuerIdentifier.DiscoverySuffix, StringComparison.Ordinal) ? address[..^IssuerIdentifier.DiscoverySuffix.Length] : address;
}
