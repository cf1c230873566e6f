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
        (IReadOnlyList<StepReport> connected, IReadOnlyList<IPAddress> reachable) = await ConnectAsync(Endpoint.Of(issuer), deadline.Token);
        steps.AddRange(connected);
        FetchedDocument? discoveryAnswer = null;
        FetchedDocument? keysAnswer = null;
        KeySet? keys = null;
        if (request.Proxy is null && (reachable.Count == 0 || connected[^1].Outcome == StepOutcome.Failed))
        {
            // A relying party stops here, and nothing that another program on this address says would count.
            string why = connected[^1].Outcome == StepOutcome.Skipped ? "no connection" : "the TLS handshake or its certificate was rejected";
            steps.AddRange(((string[])["discovery", "jwks", "caching"]).Select(step => StepBuilder.Skipped(step, why)));
        }
        else
        {
            _ = DocumentUrl.TryParse(issuer.DiscoveryUri, out DocumentUrl? typed);
            using DocumentFetcher fetcher = new(typed!, request.Overrides, request.Proxy, time);
            fetcher.Connector.Pinned = reachable;
            DocumentSteps documents = new(request, fetcher, time);
            (StepReport discovered, discoveryAnswer, DiscoveryDocument? discovery) = await documents.DiscoverAsync(issuer, deadline.Token);
            (StepReport keyed, keysAnswer, keys) = await documents.FetchKeysAsync(issuer, discovery, deadline.Token);
            steps.AddRange([discovered, keyed, documents.JudgeCaching(discoveryAnswer, keysAnswer)]);
        }

        steps.Add(await new TokenStep(request, time).RunAsync(issuer, keys));
        steps.Add(await new UpstreamStep(request, upstream, time).RunAsync(issuer, discoveryAnswer, keysAnswer, deadline.Token));
        steps.Add(exchange is null
            ? StepBuilder.Skipped("exchange", "not asked for (--exchange)")
            : await new ExchangeStep(request, exchange, time).RunAsync(deadline.Token));
        return Report(steps);
    }

    private async Task<(IReadOnlyList<StepReport> Steps, IReadOnlyList<IPAddress> Reachable)> ConnectAsync(Endpoint endpoint, CancellationToken cancellationToken)
    {
        if (request.Proxy is not null)
        {
            return ([.. ((string[])["dns", "tcp", "tls"]).Select(step => StepBuilder.Skipped(step, "left to the proxy"))], []);
        }

        NetworkSteps network = new(request, time);
        (StepReport resolved, IReadOnlyList<IPAddress> addresses) = await network.ResolveAsync(endpoint, cancellationToken);
        if (addresses.Count == 0)
        {
            return ([resolved, StepBuilder.Skipped("tcp", "no address"), StepBuilder.Skipped("tls", "no address")], []);
        }

        (StepReport connected, IReadOnlyList<IPAddress> reachable) = await network.ConnectAsync(endpoint, addresses, cancellationToken);
        StepReport secured = reachable.Count == 0
            ? StepBuilder.Skipped("tls", "no connection")
            : await new TlsStep(request, time).RunAsync(endpoint, reachable[0], cancellationToken);
        return ([resolved, connected, secured], reachable);
    }

    private CheckReport Report(IReadOnlyList<StepReport> steps) => new(PrintableText.Of(request.Issuer), [.. request.Profiles.Select(profile => profile.Name)], steps);
}
