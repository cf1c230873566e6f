using System.Net;
using System.Security.Authentication;
using IssuerGateway.Base;
using IssuerGateway.Issuers;

namespace IssuerGateway.Ctl.Parties.EntraApp.Trust;

/// <summary>Fetches a document as strictly as a relying party may: https with a trusted chain, no redirects, small, quick.</summary>
internal sealed class PublicDocuments(HttpClient http)
{
    private static readonly TimeSpan timeout = TimeSpan.FromSeconds(10);

    public static PublicDocuments Over(HttpMessageHandler transport) => new(new HttpClient(transport)
    {
        Timeout = timeout,
        MaxResponseContentBufferSize = StrictJson.MaxBytes,
    });

    /// <summary>The body of a 200, or what is wrong.</summary>
    public async Task<(ReadOnlyMemory<byte> Body, Finding? Fault)> FetchAsync(string url, CancellationToken cancellation)
    {
        if (!Uri.TryCreate(url, UriKind.Absolute, out Uri? uri) || uri.Scheme != Uri.UriSchemeHttps)
        {
            return Fault(url, "not an https URL", "OIDC Discovery §3 requires https");
        }

        try
        {
            using HttpResponseMessage response = await http.GetAsync(uri, cancellation);
            return response.StatusCode == HttpStatusCode.OK
                ? (await response.Content.ReadAsByteArrayAsync(cancellation), null)
                : Fault(url, $"answered {(int)response.StatusCode}, expected 200", (int)response.StatusCode is >= 300 and < 400
                    ? "relying parties need not follow redirects: answer at this URL itself"
                    : "the document must be public, without credentials");
        }
        catch (HttpRequestException e) when (e.HttpRequestError == HttpRequestError.ConfigurationLimitExceeded)
        {
            return Fault(url, $"more than {StrictJson.MaxBytes} bytes", "something else than the gateway answers there");
        }
        catch (HttpRequestException e)
        {
            return Fault(url, e.InnerException is AuthenticationException ? "no trusted TLS certificate for this host" : $"no answer ({e.HttpRequestError})",
                "check DNS, firewall and certificate from outside the cluster (AADSTS50166)");
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return Fault(url, $"no answer within {timeout.TotalSeconds} s", "check DNS and firewall from outside the cluster (AADSTS50166)");
        }
    }

    private static (ReadOnlyMemory<byte>, Finding?) Fault(string url, string what, string hint) =>
        (default, Finding.Error("document-unreachable", $"{PrintableText.Of(url)}: {what}", hint));
}
