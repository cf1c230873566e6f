using System.Net;
using IssuerGateway.Base;
using IssuerGateway.Issuers;
using IssuerGateway.Kubernetes;

namespace IssuerGateway.Checking;

/// <summary>
/// Walks the way of a relying party: (1) URL, (2) DNS, (3) TCP, (4) TLS, (5) discovery document, (6) JWK Set,
/// (7) caching, (8) token, (9) API servers, (10) the exchange. Later steps run although an earlier one failed, wherever that makes sense.
/// </summary>
public sealed class IssuerCheck(CheckRequest request, IDocumentSource? upstream, ExchangeRequest? exchange, TimeProvider time)
{
    public async Task<CheckReport> RunAsync(CancellationToken cancellationToken)
    {
        List<StepReport> steps = [];
        if (!IssuerIdentifier.TryParse(request.Issuer, out IssuerIdentifier issuer, out (string Expected, string Hint) fault))
        {
            StepBuilder url = new("url", request.Profiles, time);
            url.Error("url-malformed", $"\"{PrintableText.Of(request.Issuer)}\": expected {fault.Expected}", fault.Hint);
            return Report([url.Done("nothing to fetch")]);
        }

        using CancellationTokenSource deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        await using ITimer timer = time.CreateTimer(static state => ((CancellationTokenSource)state!).Cancel(), deadline, request.Timeout, Timeout.InfiniteTimeSpan);
        steps.AddRange(await ConnectAsync(Endpoint.Of(issuer), deadline.Token));
        using DocumentFetch fetch = new(request, time);
        DocumentSteps documents = new(request, fetch, time);
        (StepReport discovered, FetchedDocument? discoveryAnswer, DiscoveryDocument? discovery) = await documents.DiscoverAsync(issuer, deadline.Token);
        (StepReport keyed, FetchedDocument? keysAnswer, KeySet? keys) = await documents.FetchKeysAsync(issuer, discovery, deadline.Token);
        steps.AddRange([discovered, keyed, documents.JudgeCaching(discoveryAnswer, keysAnswer)]);
        steps.Add(await new TokenStep(request, time).RunAsync(issuer, keys));
        steps.Add(await new UpstreamStep(request, upstream, time).RunAsync(issuer, discoveryAnswer, keysAnswer, deadline.Token));
        steps.Add(exchange is null
            ? StepBuilder.Skipped("exchange", "not asked for (--exchange)")
            : await new ExchangeStep(request, exchange, time).RunAsync(deadline.Token));
        return Report(steps);
    }

    private async Task<IEnumerable<StepReport>> ConnectAsync(Endpoint endpoint, CancellationToken cancellationToken)
    {
        if (request.Proxy is not null)
        {
            return ((string[])["dns", "tcp", "tls"]).Select(step => StepBuilder.Skipped(step, "left to the proxy"));
        }

        NetworkSteps network = new(request, time);
        (StepReport resolved, IReadOnlyList<IPAddress> addresses) = await network.ResolveAsync(endpoint, cancellationToken);
        if (addresses.Count == 0)
        {
            return [resolved, StepBuilder.Skipped("tcp", "no address"), StepBuilder.Skipped("tls", "no address")];
        }

        (StepReport connected, IPAddress? reachable) = await network.ConnectAsync(endpoint, addresses, cancellationToken);
        return reachable is null
            ? [resolved, connected, StepBuilder.Skipped("tls", "no connection")]
            : [resolved, connected, await new TlsStep(request, time).RunAsync(endpoint, reachable, cancellationToken)];
    }

    private CheckReport Report(IReadOnlyList<StepReport> steps) => new(PrintableText.Of(request.Issuer), [.. request.Profiles.Select(profile => profile.Name)], steps);
}
