using IssuerGateway.Checking.Exchange;
using IssuerGateway.Checking.Fetching;
using IssuerGateway.Checking.Reports;
using IssuerGateway.Checking.Rules;
using IssuerGateway.Checking.Steps;
using IssuerGateway.Checking.Tokens;
using IssuerGateway.Checking.Upstreams;
using IssuerGateway.Issuers;
using IssuerGateway.Kubernetes.Documents;

namespace IssuerGateway.Checking;

/// <summary>
/// Checks an issuer the way a relying party would: (1) URL, (2) DNS, (3) TCP, (4) TLS, (5) discovery document,
/// (6) JWK Set, (7) caching, (8) tokens, (9) API servers, (10) the exchange. A step that needs an earlier one that failed
/// is skipped and reports why, so that one cause is one finding.
/// </summary>
public sealed class IssuerCheck(CheckRequest request, IDocumentSource? upstream, ExchangeRequest? exchange, TimeProvider time)
{
    public async Task<CheckReport> RunAsync(CancellationToken cancellationToken)
    {
        using CancellationTokenSource deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        await using ITimer timer = time.CreateTimer(static state => ((CancellationTokenSource)state!).Cancel(), deadline, request.Timeout, Timeout.InfiniteTimeSpan);
        List<StepReport> steps = [new IdentifierStep(request, time).Run()];
        Connection connection = await new ConnectionSteps(request, time).RunAsync(deadline.Token);
        steps.AddRange(connection.Steps);
        IssuerDocuments documents = (connection.Obstacle ?? (deadline.IsCancellationRequested ? Deadline.Spent : null)) is { } obstacle
            ? IssuerDocuments.Unreachable(obstacle)
            : await FetchAsync(connection, deadline.Token);
        UpstreamStep? comparing = upstream is null || deadline.IsCancellationRequested ? null : new UpstreamStep(request, upstream, time);
        ServerDocuments servers = comparing is null ? ServerDocuments.None : await comparing.FetchAsync(documents, deadline.Token);
        IssuerSides sides = IssuerSides.Of(request, documents, servers);
        if (sides.HasOtherSpelling)
        {
            // How the URL that was typed is spelled no longer matters: it is another one, and a later step reports it.
            CheckFinding[] findings = [.. steps[0].Findings.Where(finding => finding.Id is not ("issuer-trailing-slash" or "issuer-port-default"))];
            steps[0] = steps[0] with { Findings = findings, Outcome = findings.Length == 0 ? StepOutcome.Passed : steps[0].Outcome };
        }

        documents = documents.With(sides, IssuerSides.Of(request, documents.Issuer));
        FindingFolding folding = new(request.Parties);
        IReadOnlyList<StepReport> tokens = new TokenStep(request, servers, folding, time).Run(documents);
        StepReport compared = upstream is null ? StepReport.NotRequested("upstream", "--upstream") : comparing?.Compare(documents, servers, tokens, folding) ?? StepReport.Skipped("upstream", Deadline.Spent);
        steps = [.. folding.Into([.. steps, .. documents.Steps, .. tokens, compared])];
        steps.Add(exchange is null
            ? StepReport.NotRequested("exchange", "--exchange")
            : deadline.IsCancellationRequested ? StepReport.Skipped("exchange", Deadline.Spent)
            : await new ExchangeStep(request, exchange, time, steps.FirstOrDefault(step => step.Step == "token")?.Findings).RunAsync(deadline.Token));
        return new CheckReport { Issuer = ShownText.Of(request.Issuer.Value), Parties = request.Parties, Steps = steps, At = time.GetUtcNow(), Notes = Notes(), WithoutAudience = WithoutAudience() };
    }

    private async Task<IssuerDocuments> FetchAsync(Connection connection, CancellationToken cancellationToken)
    {
        // Who has no connection sees no document.
        RelyingParty[] remaining = [.. request.Parties.Where(party => connection.Steps.All(step => step.IsAcceptedBy(party)))];
        DocumentUrl typed = DocumentUrl.OfDiscovery(request.Issuer);
        using PublicDocumentFetcher fetcher = new(typed, request.Overrides, request.Proxy, time);
        fetcher.Connector.Pinned = connection.EndPoints;
        return await new DocumentSteps(request with { Parties = remaining }, fetcher, time).RunAsync(typed, cancellationToken);
    }

    private string[] WithoutAudience() => request.Audience is not null || request.Tokens.All(token => CompactToken.Parse(token.Text) is not { Audiences.Count: > 0 }) ? [] : [.. request.Parties.Where(party => party.Audience is null).Select(party => party.Id)];

    // Several profiles with a token: which of them validates it depends on how they were chosen.
    private string? WhoValidates()
    {
        bool isOne = request.Tokens.Count == 1;
        return request.Parties.Count < 2 || request.Tokens.Count == 0 ? null
            : request.MatchesAudiences ? $"with --profile all {(isOne ? "the" : "each")} token is validated as the parties whose audience it carries, and as those that have no audience of their own"
            : request.Audience is not null ? $"each of the {request.Parties.Count} profiles validated {(isOne ? "the token" : "every token")}, and --audience took the place of its own audience"
            : $"each of the {request.Parties.Count} profiles validated {(isOne ? "the token" : "every token")} by its own audience; --profile all gives a token only to the parties whose audience it carries";
    }

    private List<string> Notes()
    {
        List<string> notes = [];
        string canUseCa = request.Overrides.Stated.Contains("--ca") ? PrivateCa.Using(request.Parties) : "";
        string[] stated = [.. request.Overrides.Stated.Where(option => option != "--ca" || canUseCa.Length == 0), .. request.Proxy is null ? [] : (string[])["--proxy"]];
        if (stated.Length > 0)
        {
            notes.Add($"checked with {string.Join(", ", stated)}, which no relying party uses: run the check without {(stated.Length == 1 ? "it" : "them")}, from outside your network, before you rely on the result");
        }

        if (canUseCa.Length > 0)
        {
            notes.Add($"checked with --ca: the result holds for a relying party that has the same CA ({canUseCa}), and for no other");
        }

        notes.AddRange(request.Proxy is null
            ? request.Overrides.UnusedNotes(request.Issuer)
            : request.Overrides.Unused.Select(entry => $"{entry} had no effect: the proxy resolves names and connects"));
        if (WhoValidates() is { } who)
        {
            notes.Add(who);
        }

        RelyingParty[] incomplete = [.. request.Parties.Where(party => party.Unknown is not null)];
        if (incomplete.Length > 0)
        {
            notes.Add(incomplete is [var one] ? $"the profile {one.Id} is incomplete: {one.Unknown}"
                : $"the profiles {string.Join(", ", incomplete.Select(party => party.Id))} are incomplete, because these parties document only a part of what they do");
        }

        return notes;
    }
}
