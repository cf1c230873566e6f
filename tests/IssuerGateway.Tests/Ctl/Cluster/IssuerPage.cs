using System.Text.RegularExpressions;
using IssuerGateway.Ctl.Cluster.Distributions;
using IssuerGateway.Ctl.Cluster.Planning;
using IssuerGateway.Ctl.Cluster.Reports;

namespace IssuerGateway.Tests.Ctl.Cluster;

/// <summary>
/// docs/how-to/change-the-issuer.md, made of the same data as the plans, with the plan of a sample cluster for each
/// distribution: page and program cannot differ.
/// </summary>
internal static partial class IssuerPage
{
    private const string Wanted = "https://oidc.example.com";

    /// <param name="sample">The plan of a sample cluster with three API servers.</param>
    public static string Write(Func<Distribution, ChangePlan> sample)
    {
        ReportWriter writer = ReportWriter.Markdown();
        Introduction(writer);
        writer.Heading(2, "Your distribution");
        foreach (Distribution distribution in DistributionCatalog.All)
        {
            writer.Item($"[{distribution.Name}](#{Anchor(distribution.Name)}): {Verdict(distribution)}");
        }

        foreach (Distribution distribution in DistributionCatalog.All)
        {
            Section(distribution, sample(distribution), writer);
        }

        writer.Heading(2, "How this is known");
        writer.Paragraph($"The rules of Kubernetes were read in or run with: {KubernetesFacts.Sources}. What is marked unconfirmed was neither read in a source nor tried.");
        return WithUrlsAsCode(writer.ToString());
    }

    // An example is no link, and its words must not be hyphenated or capitalized by a renderer.
    private static string WithUrlsAsCode(string page)
    {
        bool isCode = false;
        return string.Join('\n', page.Split('\n').Select(line =>
        {
            isCode ^= line.StartsWith("```", StringComparison.Ordinal);
            return isCode || line.StartsWith("```", StringComparison.Ordinal) ? line : BareUrl().Replace(line, match => match.Groups["url"].Success ? $"`{match.Value}`" : match.Value);
        }));
    }

    // What is code already is matched first and left as it is.
    [GeneratedRegex("`[^`]*`|(?<url>https?://[A-Za-z0-9][A-Za-z0-9./:-]*[A-Za-z0-9])")]
    private static partial Regex BareUrl();

    // As GitHub makes anchors: lower case, spaces to hyphens, punctuation dropped.
    public static string Anchor(string title) =>
        string.Concat(title.ToLowerInvariant().Where(c => char.IsAsciiLetterOrDigit(c) || c is ' ' or '-' or '_')).Replace(' ', '-');

    private static void Introduction(ReportWriter writer)
    {
        writer.Heading(1, "Change the issuer of a cluster");
        writer.Paragraph("<!-- Generated from src/IssuerGateway.Ctl/Cluster/Distributions: change it there, then run UPDATE_GOLDEN=1 tests/IssuerGateway.Tests/bin/Release/net10.0/IssuerGateway.Tests -class '*IssuerPageTests' -->");
        writer.Paragraph("For administrators of a cluster whose service account tokens are to be trusted outside. Before anything else works, every API server needs a public `--service-account-issuer`. "
            + "Done wrong, this change rejects running workloads with 401. Done in rolls, it rejects nothing.");
        writer.Heading(2, "The short way");
        writer.Paragraph("issuerctl ([how to get it](issuerctl.md#get-it)) reads your cluster and writes the plan for it. None of these commands changes anything:");
        writer.Code("sh", $"issuerctl cluster inspect\nissuerctl cluster plan --issuer {Wanted} --output markdown > plan.md\n"
            + $"kubectl create token default --duration 24h > token-before.jwt\nissuerctl cluster verify --issuer {Wanted} --after-roll 1 --token-before token-before.jwt --server https://192.0.2.11:6443 --server https://192.0.2.12:6443 --server https://192.0.2.13:6443");
        writer.Paragraph("Where the cluster does not hold the configuration that the flags are made from, such as a Shoot, `k0s.yaml` or the kOps cluster specification, give it with `--source`. "
            + "The plan then writes it with today's other values kept, and says where it differs from the running flags.");
        writer.Paragraph("`plan` exits with 1 when its findings contain an error, for example a server that was counted and not found. `verify` exits with 1 unless every server was seen and is as it must be.");
        writer.Heading(2, "The rolls");
        writer.Code("mermaid", """
            flowchart LR
              r0["before<br/>signs: old<br/>accepts: old"] --> r1["roll 1<br/>signs: old<br/>accepts: old, new"]
              r1 --> r2["roll 2<br/>signs: new<br/>accepts: new, old"]
              r2 -- "at least 24 h, and no stale tokens" --> r3["roll 3<br/>signs: new<br/>accepts: new"]
              r2 -. "go back" .-> r1
              r1 -. "go back" .-> r0
            """);
        writer.Item("Roll 1: every server accepts the new issuer as second. The old one signs. Not needed with one API server.");
        writer.Item("Roll 2: the new issuer is first and signs. The old one is accepted.");
        writer.Item("Roll 3, later: the old issuer is dropped. Where `--api-audiences` was not set, it is set to the new and the old issuer in this roll.");
        writer.Item("Between roll 2 and roll 3 wait at least 24 h, and until `serviceaccount_stale_tokens_total` has not risen at any server for 24 h, or restart every pod that started before roll 2. At worst extended tokens live a year.");
        writer.Paragraph("Finish and verify each roll at every server before the next. Never change issuer and signing key in one roll.");
        writer.Paragraph("Where manifests were changed by hand and the configuration was not, the plan names each difference. It writes into the configuration what tokens depend on, and makes a roll again that only the servers have. "
            + "Where every server has the new issuer alone and the configuration lacks it, the plan is one roll C, which writes it there before an upgrade removes it.");
        writer.Heading(2, "The signing key");
        writer.Paragraph("Entra accepts RS256 only. If your cluster signs with an EC key, the plan has three more rolls, each with its own way back:");
        writer.Item("Roll K1: publish an RSA key beside the EC key. Wait 48 h.");
        writer.Item("Roll K2: sign with the RSA key. Wait for the longest token lifetime.");
        writer.Item("Roll K3, later: stop publishing the EC key.");
        writer.Paragraph("They come after roll 2. Each configuration in the plan holds what the rolls before it wrote: follow the order of the plan.");
        writer.Heading(2, "What goes wrong");
        writer.Item("In one step on several servers: a token of a changed server is rejected by the others.");
        writer.Item("Joined by a comma: `A,B` is one issuer; every earlier token is rejected.");
        writer.Item("Given twice where only one survives, as in a map: the other issuer is lost without an error.");
        writer.Item("Audiences forgotten: `--api-audiences` with the new issuer alone rejects earlier tokens, although their issuer is accepted.");
        writer.Item("Reverted too early: going straight back to the old issuer alone rejects every token that the new one has signed.");
        writer.Heading(2, "Rules of Kubernetes");
        Facts(KubernetesFacts.Rules, writer);
    }

    private static void Section(Distribution distribution, ChangePlan plan, ReportWriter writer)
    {
        writer.Heading(2, distribution.Name);
        writer.Paragraph($"{Upper(Verdict(distribution))}.{(distribution.NextBestWay is { } way ? $" {way}" : "")}");
        Part("How it is recognized", distribution.Detection, writer);
        Part("Where the issuers are set", distribution.Setting, writer);
        Part("Defaults", distribution.Defaults, writer);
        Part("Signing key", distribution.SigningKey, writer);
        Part("Rolling out", distribution.RollingOut, writer);
        Part("Breaks", distribution.Breaks, writer);
        Part("Going back", distribution.GoingBack, writer);
        Part("Reaching the servers", distribution.Reaching, writer);
        foreach (Roll roll in plan.Rolls)
        {
            writer.Heading(3, $"Roll {roll.Number}: {roll.Title}");
            Steps(roll.Steps, writer);
            if (distribution.TwoIssuers is TwoIssuers.NotHeld or TwoIssuers.HeldByOperator)
            {
                Lines("Wait", roll.Wait, writer);
            }

            writer.Item($"Go back: {roll.GoBack.Text}");
        }

        writer.Paragraph($"Sources: {distribution.Sources}.");
    }

    // Every server gets the same: the page shows the first, the plan of your cluster shows all.
    private static void Steps(IReadOnlyList<RollStep> steps, ReportWriter writer)
    {
        string? first = steps.Select(step => step.Node).FirstOrDefault(node => node is not null);
        foreach (RollStep step in steps.Where(step => step.Node is null || step.Node == first))
        {
            writer.Paragraph($"{(step.Node is null ? Upper(step.Target) : $"On every server, one after the other (here {first})")}, `{step.Place}`:");
            if (step.Content is not null)
            {
                writer.Code(step.Language, step.Content);
            }

            if (step.Command is not null)
            {
                writer.Code("sh", step.Command);
            }

            if (step.Note is not null)
            {
                writer.Paragraph(step.Note);
            }
        }
    }

    private static void Part(string title, IReadOnlyList<Fact> facts, ReportWriter writer)
    {
        foreach (Fact fact in facts)
        {
            writer.Item($"{title}: {fact}");
        }
    }

    private static void Facts(IReadOnlyList<Fact> facts, ReportWriter writer)
    {
        foreach (Fact fact in facts)
        {
            writer.Item(fact.ToString());
        }
    }

    private static void Lines(string title, IReadOnlyList<string> lines, ReportWriter writer)
    {
        foreach (string line in lines)
        {
            writer.Item($"{title}: {line}");
        }
    }

    private static string Verdict(Distribution distribution) => distribution.TwoIssuers switch
    {
        TwoIssuers.Held => "holds two issuers in order",
        TwoIssuers.Unconfirmed => "whether it holds two issuers is unconfirmed",
        TwoIssuers.HeldByOperator => "its operator keeps the old issuer for 24 h",
        _ => "cannot hold two issuers",
    };

    private static string Upper(string text) => char.ToUpperInvariant(text[0]) + text[1..];
}
