using IssuerGateway.Base;
using IssuerGateway.Issuers;
using IssuerGateway.Kubernetes;

namespace IssuerGateway.Checking;

/// <summary>What is published compared with what every API server says at this moment.</summary>
public sealed class UpstreamStep(CheckRequest request, IDocumentSource? source, TimeProvider time)
{
    public async Task<StepReport> RunAsync(IssuerIdentifier issuer, FetchedDocument? discovery, FetchedDocument? keys, CancellationToken cancellationToken)
    {
        if (source is null)
        {
            return StepBuilder.Skipped("upstream", "not asked for (--upstream)");
        }

        StepBuilder step = new("upstream", request.Profiles, time);
        IReadOnlyList<UpstreamResponse> answers = await source.FetchAsync(cancellationToken);
        foreach (UpstreamResponse answer in answers.Where(answer => answer.Fault is not null))
        {
            step.Error("upstream-unreachable", PrintableText.Of(answer.Fault!.Message), answer.Fault.Hint);
        }

        foreach (UpstreamResponse answer in answers.Where(answer => answer.Documents is not null))
        {
            Compare(step, issuer, answer.Server, answer.Documents!, discovery, keys);
        }

        EvaluatedResponse[] accepted = [.. answers.Select(answer => answer.Evaluate(new Issuer { Identifier = issuer })).Where(judged => judged.IsAccepted)];
        step.Add(Divergence.Of(accepted));
        return step.Done($"{answers.Count(answer => answer.Documents is not null)} of {answers.Count} API servers answered ({source.Description})");
    }

    private static void Compare(StepBuilder step, IssuerIdentifier issuer, string server, DocumentPair documents, FetchedDocument? discovery, FetchedDocument? keys)
    {
        // The published document has the public jwks_uri; all other bytes are the API server's.
        if (discovery?.Body is { } published && DiscoveryDocument.Parse(documents.Discovery, out _) is { } document && !document.Rewritten(issuer).Span.SequenceEqual(published))
        {
            step.Error("upstream-differs", $"the published discovery document is not that of {PrintableText.Of(server)}", "does the URL lead to the gateway of this cluster? else wait for its next refresh");
        }

        if (keys?.Body is { } set && !documents.KeySet.Span.SequenceEqual(set))
        {
            step.Error("upstream-differs", $"the published JWK Set is not that of {PrintableText.Of(server)}", "during a rotation this is right for a while; else see /status of the gateway for the finding");
        }
    }
}
