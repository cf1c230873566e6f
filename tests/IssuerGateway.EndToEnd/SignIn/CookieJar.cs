using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;

namespace IssuerGateway.EndToEnd.SignIn;

/// <summary>Keeps and sends cookies as a browser does (RFC 6265bis §5.6 to §5.8): prefixes, Secure, Domain, Path, expiry and SameSite.</summary>
internal sealed class CookieJar
{
    private readonly List<Stored> cookies = [];

    public IReadOnlyList<string> NamesFor(string url) => [.. cookies.Where(cookie => cookie.Matches(new Uri(url))).Select(cookie => cookie.Name)];

    /// <summary>The Cookie header for a navigation to a URL that a page of this site has started; null for an address that was typed.</summary>
    public string HeaderFor(Uri url, string? startedBy)
    {
        DateTimeOffset now = TimeProvider.System.GetUtcNow();
        cookies.RemoveAll(cookie => cookie.Expires <= now);
        return string.Join("; ", cookies.Where(cookie => cookie.Matches(url) && (!cookie.IsStrict || startedBy is null || Site(startedBy) == Site(url.Host)))
            .Select(cookie => $"{cookie.Name}={cookie.Value}"));
    }

    public void Store(Uri url, IEnumerable<string> headers)
    {
        foreach (SetCookieHeaderValue header in headers.Select(text => SetCookieHeaderValue.Parse(text)))
        {
            string name = header.Name.ToString();
            if (IsRejected(url, name, header))
            {
                continue;
            }

            DateTimeOffset? expires = header.MaxAge is { } age ? TimeProvider.System.GetUtcNow() + age : header.Expires;
            string domain = StringSegment.IsNullOrEmpty(header.Domain) ? url.Host : header.Domain.ToString().TrimStart('.');
            string path = StringSegment.IsNullOrEmpty(header.Path) ? "/" : header.Path.ToString();
            cookies.RemoveAll(cookie => cookie.Name == name && cookie.Domain == domain && cookie.Path == path);
            if (expires <= TimeProvider.System.GetUtcNow())
            {
                continue;
            }

            cookies.Add(new Stored(name, header.Value.ToString(), domain, StringSegment.IsNullOrEmpty(header.Domain), path, header.Secure,
                header.SameSite == SameSiteMode.Strict, expires));
        }
    }

    /// <summary>A copy, as a thief of cookies would take it.</summary>
    public CookieJar Copy()
    {
        CookieJar copy = new();
        copy.cookies.AddRange(cookies);
        return copy;
    }

    private static bool IsRejected(Uri url, string name, SetCookieHeaderValue header)
    {
        bool hasDomain = !StringSegment.IsNullOrEmpty(header.Domain);
        bool prefixBroken = name.StartsWith("__Host-", StringComparison.Ordinal) ? !header.Secure || hasDomain || header.Path != "/"
            : name.StartsWith("__Secure-", StringComparison.Ordinal) && !header.Secure;
        return prefixBroken
            || (header.Secure && url.Scheme != Uri.UriSchemeHttps)
            || (header.SameSite == SameSiteMode.None && !header.Secure)
            || (hasDomain && !IsWithin(url.Host, header.Domain.ToString().TrimStart('.')));
    }

    private static bool IsWithin(string host, string domain) => host == domain || host.EndsWith("." + domain, StringComparison.Ordinal);

    // Good enough for the hosts of the tests, none of which lies below a public suffix of two labels.
    private static string Site(string host) => string.Join('.', host.Split('.').TakeLast(2));

    private sealed record Stored(string Name, string Value, string Domain, bool IsHostOnly, string Path, bool IsSecure, bool IsStrict, DateTimeOffset? Expires)
    {
        public bool Matches(Uri url) => (IsHostOnly ? url.Host == Domain : IsWithin(url.Host, Domain))
            && (!IsSecure || url.Scheme == Uri.UriSchemeHttps)
            && url.AbsolutePath.StartsWith(Path, StringComparison.Ordinal);
    }
}
