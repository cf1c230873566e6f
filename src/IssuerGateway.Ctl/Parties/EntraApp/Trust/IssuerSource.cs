using System.Net;
using IssuerGateway.Base;
using IssuerGateway.Checking.Fetching;
using IssuerGateway.Issuers;
using k8s;
using k8s.Exceptions;

namespace IssuerGateway.Ctl.Parties.EntraApp.Trust;

/// <summary>Finds out the issuer when none is given: what the cluster, or a gateway, says of itself.</summary>
internal static class IssuerSource
{
    private const string DiscoveryPath = "/.well-known/openid-configuration";

    private static readonly TimeSpan timeout = TimeSpan.FromSeconds(10);

    /// <summary>Asks the API server of a kubeconfig context, the current one by default.</summary>
    public static async Task<(string? Issuer, Failure? Failure)> OfClusterAsync(string? kubeconfig, string? context, CancellationToken cancellation)
    {
        const string hint = "name it with --issuer, or the way to it with --context or --gateway";
        try
        {
            KubernetesClientConfiguration configuration = KubernetesClientConfiguration.BuildConfigFromConfigFile(kubeconfig, context);
            configuration.HttpClientTimeout = timeout;
            using k8s.Kubernetes cluster = new(configuration);
            using HttpRequestMessage request = new(HttpMethod.Get, new Uri(cluster.BaseUri, DiscoveryPath));

            // A client certificate is the connection's, but a token is only put in by the library's own calls.
            if (cluster.Credentials is { } credentials)
            {
                await credentials.ProcessHttpRequestAsync(request, cancellation);
            }

            using HttpResponseMessage response = await cluster.HttpClient.SendAsync(request, cancellation);
            byte[] body = await response.Content.ReadAsByteArrayAsync(cancellation);
            return response.IsSuccessStatusCode
                ? Read(body, "cluster", hint)
                : (null, new Failure(ExitCode.CouldNotRun, $"cluster: {DiscoveryPath} answered {(int)response.StatusCode}",
                    "bind system:service-account-issuer-discovery to your user, or name the issuer with --issuer"));
        }
        catch (Exception e) when (e is KubeConfigException or IOException or HttpRequestException or UnauthorizedAccessException)
        {
            return (null, new Failure(ExitCode.CouldNotRun, $"cluster: {PrintableText.Of(e.Message)}", hint));
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return (null, new Failure(ExitCode.CouldNotRun, $"cluster: no answer within {timeout.TotalSeconds} s", hint));
        }
    }

    /// <summary>Asks the gateway under a URL that need not be the issuer yet.</summary>
    public static async Task<(string? Issuer, Failure? Failure)> OfGatewayAsync(string gateway, ConnectionOverrides overrides, TimeProvider time, CancellationToken cancellation)
    {
        if (!DocumentUrl.TryParse(gateway.TrimEnd('/') + DiscoveryPath, out DocumentUrl? url))
        {
            return (null, new Failure(ExitCode.CouldNotRun, $"gateway: {PrintableText.Of(gateway)} is not an https URL of a gateway", "OIDC Discovery §3 requires https"));
        }

        using PublicDocumentFetcher fetcher = new(url, overrides, proxy: null, time);
        using CancellationTokenSource limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(timeout);
        (FetchedDocument? document, DocumentFault? fault) = await fetcher.GetAsync(url, limit.Token);
        cancellation.ThrowIfCancellationRequested();
        return (document, fault) switch
        {
            (_, { } broken) => (null, new Failure(ExitCode.CouldNotRun, $"gateway: {broken.Found}", broken.Fix)),
            ({ Status: HttpStatusCode.OK, Body: { } body }, _) => Read(body, "gateway", "name the issuer with --issuer"),
            ({ Body: null }, _) => (null, new Failure(ExitCode.CouldNotRun, $"gateway: more than {StrictJson.MaxBytes} bytes", "something else than the gateway responds there")),
            _ => (null, new Failure(ExitCode.CouldNotRun, $"gateway: {PrintableText.Of(url.Value)}: status {(int)document!.Status}, expected 200", "the document must be public, without credentials and redirects")),
        };
    }

    private static (string? Issuer, Failure? Failure) Read(ReadOnlyMemory<byte> body, string source, string hint) =>
        DiscoveryDocument.Parse(body, out Finding? fault) is { Issuer: { } issuer }
            ? (issuer, null)
            : (null, new Failure(ExitCode.CouldNotRun, $"{source}: {fault?.Message ?? "the discovery document names no issuer"}", fault?.Hint ?? hint));
}
