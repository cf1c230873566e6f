using System.Net;
using IssuerGateway.Base;
using IssuerGateway.Checking.Fetching;
using IssuerGateway.Ctl.Cluster.Inspection;
using IssuerGateway.Issuers;
using IssuerGateway.Kubernetes;

namespace IssuerGateway.Ctl.Parties.EntraApp.Trust;

/// <summary>Finds out the issuer when none is given: what the cluster, or a gateway, says of itself.</summary>
internal static class IssuerSource
{
    private static readonly TimeSpan timeout = TimeSpan.FromSeconds(10);

    /// <summary>Queries the API server that an access leads to.</summary>
    public static async Task<(string? Issuer, Failure? Failure)> OfClusterAsync(IAccessSource source, CancellationToken cancellation)
    {
        const string hint = "name it with --issuer, or the way to it with --context or --gateway";
        AccessReading reading = source.Read();
        if (reading.Access is not { } access)
        {
            return (null, new Failure(ExitCode.CouldNotRun, $"cluster: {reading.Faults[0].Message}", hint));
        }

        using ApiServerReader api = new(access, access.Servers[0], access.ServerName);
        ApiResponse response = await api.GetAsync(DocumentReader.Discovery, cancellation);
        return response switch
        {
            { IsSuccess: true } => Read(response.Body, "cluster", hint),
            { Status: 0 } => (null, new Failure(ExitCode.CouldNotRun, $"cluster: {api.Server}: {response.Reason}", hint)),
            _ => (null, new Failure(ExitCode.CouldNotRun, $"cluster: {DocumentReader.Discovery} responded with {response.Status}",
                "bind system:service-account-issuer-discovery to your user, or name the issuer with --issuer")),
        };
    }

    /// <summary>Queries the gateway under a URL that need not be the issuer yet.</summary>
    public static async Task<(string? Issuer, Failure? Failure)> OfGatewayAsync(string gateway, ConnectionOverrides overrides, TimeProvider time, CancellationToken cancellation)
    {
        if (!DocumentUrl.TryParse(gateway.TrimEnd('/') + DocumentReader.Discovery, out DocumentUrl? url))
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
