using IssuerGateway.Base;

namespace IssuerGateway.Issuers;

/// <summary>
/// An issuer identifier as the exact string that tokens carry (OIDC Core §2 <c>iss</c>), with the parts that routing
/// needs cut out of it. It never passes through <see cref="Uri"/>, which would drop <c>:443</c>, fold case and resolve dots.
/// </summary>
public readonly record struct IssuerIdentifier
{
    /// <summary>Entra stores at most this many characters of an issuer.</summary>
    public const int EntraLength = 600;

    /// <summary>What OIDC Discovery §4 appends to an issuer.</summary>
    public const string DiscoverySuffix = "/.well-known/openid-configuration";

    private const string Scheme = "https://";
    private const string KeySetPath = "/openid/v1/jwks";
    private const int MaxLength = 2048;

    private IssuerIdentifier(string value, string host, int? port, string path)
    {
        Value = value;
        Host = host;
        Port = port;
        Path = path;
    }

    /// <summary>The exact string; compare ordinally.</summary>
    public string Value { get; }

    /// <summary>The host as written, without port; IPv6 in brackets.</summary>
    public string Host { get; }

    /// <summary>The port if one is written.</summary>
    public int? Port { get; }

    /// <summary>The path without one trailing slash; empty for none.</summary>
    public string Path { get; }

    /// <summary>Host and port as they arrive in a Host header: lower case, without the default port (RFC 9110 §4.2.3).</summary>
    public string Authority => Port is null or 443 ? Host.ToLowerInvariant() : $"{Host.ToLowerInvariant()}:{Port}";

    /// <summary>Path of the discovery document: the issuer without one trailing slash plus the suffix (OIDC Discovery §4).</summary>
    public string DiscoveryTarget => Path + DiscoverySuffix;

    public string KeySetTarget => Path + KeySetPath;

    /// <summary>The only <c>jwks_uri</c> that the gateway publishes for this issuer.</summary>
    public string KeySetUri => WithoutTrailingSlash + KeySetPath;

    public string DiscoveryUri => WithoutTrailingSlash + DiscoverySuffix;

    public bool HasTrailingSlash => Value.EndsWith('/');

    private string WithoutTrailingSlash => HasTrailingSlash ? Value[..^1] : Value;

    /// <summary>A host that no relying party on the internet can reach or validate a certificate for.</summary>
    public bool IsPrivateHost => HostScope.IsPrivate(Host);

    public override string ToString() => Value;

    /// <summary>Cuts the string apart; what is wrong with it comes back as expected form and fix.</summary>
    public static bool TryParse(string text, out IssuerIdentifier identifier, out (string Expected, string Hint) fault)
    {
        identifier = default;
        fault = default;
        if (text.Length > MaxLength)
        {
            fault = ($"at most {MaxLength} characters", "shorten the issuer of the API server (--service-account-issuer)");
            return false;
        }

        if (text.AsSpan().IndexOfAnyExceptInRange('!', '~') >= 0)
        {
            fault = ("printable ASCII without white space", "remove white space and write an international host in its xn-- form");
            return false;
        }

        if (!text.StartsWith(Scheme, StringComparison.Ordinal))
        {
            fault = ("an https URL", "OIDC Discovery §3 requires https; change --service-account-issuer of the API server");
            return false;
        }

        if (text.AsSpan().IndexOfAny('?', '#', '\\') >= 0)
        {
            fault = ("no query, fragment or backslash", "OIDC Discovery §3 forbids them; change --service-account-issuer of the API server");
            return false;
        }

        int pathStart = text.IndexOf('/', Scheme.Length);
        string authority = pathStart < 0 ? text[Scheme.Length..] : text[Scheme.Length..pathStart];
        string path = pathStart < 0 ? "" : text[pathStart..];
        if (!TrySplitAuthority(authority, out string host, out int? port) || SecretText.MayBeUserInformation(host, port is not null, path))
        {
            fault = ("a host and an optional port after https://", "write the host name that relying parties reach, without user information");
            return false;
        }

        if (HasAmbiguousSegment(path))
        {
            fault = ("a path without empty, dot or encoded-dot segments", "relying parties resolve such paths differently; choose a plain path");
            return false;
        }

        if (HasNoUrlCharacter(path))
        {
            fault = ("URL characters in the path, and % only before two hexadecimal digits", "relying parties encode such paths differently, or reject them; choose a plain path");
            return false;
        }

        if (path.EndsWith(DiscoverySuffix, StringComparison.Ordinal))
        {
            fault = ("the issuer, not the URL of its discovery document", $"remove \"{DiscoverySuffix}\"");
            return false;
        }

        identifier = new IssuerIdentifier(text, host, port, path.EndsWith('/') ? path[..^1] : path);
        return true;
    }

    private static bool TrySplitAuthority(string authority, out string host, out int? port)
    {
        port = null;
        int bracket = authority.LastIndexOf(']');
        int colon = authority.IndexOf(':', bracket + 1);
        host = colon < 0 ? authority : authority[..colon];
        if (colon >= 0)
        {
            string digits = authority[(colon + 1)..];
            if (digits.Length is 0 or > 5 || !digits.All(char.IsAsciiDigit) || int.Parse(digits) is 0 or > 65535)
            {
                return false;
            }

            port = int.Parse(digits);
        }

        // A zone (RFC 6874) names an interface of this one machine, and .NET reads it in two ways.
        return !host.Contains('%') && Uri.CheckHostName(host) is UriHostNameType.Dns or UriHostNameType.IPv4 or UriHostNameType.IPv6;
    }

    // RFC 3986 §2.1 and §3.3. Brackets, which are none either, are requested by every client as they are.
    private static bool HasNoUrlCharacter(string path) =>
        path.Any(c => "\"<>^`{|}".Contains(c, StringComparison.Ordinal)) || path.Split('%').Skip(1).Any(after => after.Length < 2 || !char.IsAsciiHexDigit(after[0]) || !char.IsAsciiHexDigit(after[1]));

    private static bool HasAmbiguousSegment(string path)
    {
        string[] segments = path.Split('/');

        // The first is empty because a path starts with a slash; the last is empty when the issuer ends with one.
        return segments.Skip(1).SkipLast(1).Any(segment => segment.Length == 0)
            || segments.Any(segment => segment.Replace("%2e", ".", StringComparison.OrdinalIgnoreCase) is "." or "..");
    }
}
