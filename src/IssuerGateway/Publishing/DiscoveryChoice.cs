using IssuerGateway.Issuers;

namespace IssuerGateway.Publishing;

/// <summary>
/// Which discovery document to publish when API servers send different ones: the one that names the most algorithms,
/// because a new key's algorithm must be announced at once; the published one until it was omitted as often as a key.
/// </summary>
internal sealed record DiscoveryChoice(DiscoveryDocument Document, int Omissions)
{
    /// <param name="answers">The accepted documents of one refresh; at least one.</param>
    /// <param name="view">What of a document is published; differences outside it do not count.</param>
    public static DiscoveryChoice Next(DiscoveryChoice? current, IReadOnlyList<DiscoveryDocument> answers, Func<DiscoveryDocument, ReadOnlyMemory<byte>> view)
    {
        DiscoveryDocument best = answers
            .OrderByDescending(answer => answer.Algorithms.Count)
            .ThenByDescending(answer => current is not null && Same(answer, current.Document))
            .First();
        if (current is null || best.Algorithms.Count > current.Document.Algorithms.Count)
        {
            return new DiscoveryChoice(best, Omissions: 0);
        }

        if (answers.Any(answer => Same(answer, current.Document)))
        {
            return current with { Omissions = 0 };
        }

        return current.Omissions + 1 < KeyUnion.OmissionsToDrop
            ? current with { Omissions = current.Omissions + 1 }
            : new DiscoveryChoice(best, Omissions: 0);

        bool Same(DiscoveryDocument a, DiscoveryDocument b) => view(a).Span.SequenceEqual(view(b).Span);
    }
}
