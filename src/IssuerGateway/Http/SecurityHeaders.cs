using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Primitives;

namespace IssuerGateway.Http;

/// <summary>The headers that every response has, and those that keep whatever is no document out of caches.</summary>
internal static class SecurityHeaders
{
    /// <summary>RFC 6797: one year; the hosts are issuers, so plain HTTP is never right for them.</summary>
    private static readonly StringValues transportSecurity = "max-age=31536000";
    private static readonly StringValues noSniff = "nosniff";
    private static readonly StringValues noStore = "no-store";

    public static void Set(IHeaderDictionary headers, IHttpRequestFeature request)
    {
        headers.XContentTypeOptions = noSniff;

        // RFC 6797 §7.2: not over plain HTTP; the proxy in front, which terminates TLS, decides for its host.
        if (request.Scheme == "https")
        {
            headers.StrictTransportSecurity = transportSecurity;
        }
    }

    /// <summary>A cache that kept an error would serve it to honest clients (RFC 9111 §4.2.2 lets it keep a 404 and a 414 by itself).</summary>
    public static void SetForNoDocument(IHeaderDictionary headers, IHttpRequestFeature request)
    {
        headers.CacheControl = noStore;
        Set(headers, request);
    }
}
