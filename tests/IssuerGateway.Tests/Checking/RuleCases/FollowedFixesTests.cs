using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using IssuerGateway.Checking;
using IssuerGateway.Checking.Rules;
using IssuerGateway.Checking.Tokens;
using IssuerGateway.Issuers;
using IssuerGateway.Kubernetes.Documents;
using IssuerGateway.Tests.Issuers;
using static IssuerGateway.Tests.Publishing.PublisherFixture;

namespace IssuerGateway.Tests.Checking.RuleCases;

/// <summary>
/// Every spelling of the issuer at the relying party, in the document, in a token and at an API server: a person who does what the fixes say,
/// word by word, and checks again, ends where nothing is wrong, and nobody is told to be what he is.
/// </summary>
public sealed partial class FollowedFixesTests : IAsyncLifetime
{
    private const string Plain = Stage.Issuer;
    private const string Slash = Stage.Issuer + "/";
    private const string Port = Stage.Issuer + ":443";
    private const string Upper = "https://Issuer.example.test";
    private const string Internal = "https://kubernetes.default.svc.cluster.local";
    private const string Other = "https://other.example.test";
    private const int MaxRounds = 3;

    private static readonly RelyingParty[] parties = [.. ((string[])["entra", "aws", "vault", "kubernetes", "keycloak"]).Select(id => RelyingParty.Find(id)!)];

    private CheckFixture server = null!;

    public static TheoryData<string> Registered => [Plain, Slash, Port, Upper];

    public async ValueTask InitializeAsync() => server = await CheckFixture.StartAsync();

    public ValueTask DisposeAsync() => server.DisposeAsync();

    [Theory]
    [MemberData(nameof(Registered))]
    public async Task Lead_to_an_end(string issuer)
    {
        List<string> faults = [];
        foreach (string document in (string[])[Plain, Slash, Port, Upper, Internal, Other, "http://issuer.example.test", Plain + " "])
        {
            foreach (string? token in (string?[])[null, Plain, Slash, Port])
            {
                foreach (string? apiServer in (string?[])[null, Plain, Slash, Port, Internal])
                {
                    faults.AddRange(await FollowAsync(new State(issuer, document, token, apiServer)));
                }
            }
        }

        Assert.True(faults.Count == 0, $"{faults.Count}\n{string.Join('\n', faults.Take(20))}");
    }

    private async Task<IEnumerable<string>> FollowAsync(State start)
    {
        State state = start;
        List<string> trace = [start.ToString()];
        for (int round = 0; round <= MaxRounds; round++)
        {
            CheckFinding[] wrong = [.. (await CheckAsync(state)).Findings.Where(finding => finding.Severity == Severity.Error)];

            // Whether the other issuer is the cluster's own only a person knows, and the stand-in has no certificate for it.
            if (wrong.Length == 0 || wrong.All(finding => finding.Fix.StartsWith($"if {Other} is the issuer of the cluster, ", StringComparison.Ordinal)) || state.Registered == Other)
            {
                return [];
            }

            trace.AddRange(wrong.Select(finding => $"    {finding.Id}: {finding.Found} => {finding.Fix}"));
            if (wrong.Any(finding => finding.Fix.Contains(":443", StringComparison.Ordinal) && !finding.Fix.Contains("leave :443 out", StringComparison.Ordinal) && !finding.Fix.Contains("remove :443", StringComparison.Ordinal)))
            {
                return [$"introduces a port: {string.Join('\n', trace)}"];
            }

            State next = wrong.Aggregate(state, (current, finding) => current.After(finding.Fix));
            if (next == state)
            {
                return [$"changes nothing: {string.Join('\n', trace)}"];
            }

            state = next;
            trace.Add($"  {state}");
        }

        return [$"has no end: {string.Join('\n', trace)}"];
    }

    private async Task<CheckReport> CheckAsync(State state)
    {
        server.Discovery = DocumentOf(state.Document);
        server.Keys = $"{{\"keys\":[{Stage.GoodKey("s")}]}}";
        return await server.CheckAsync(Stage.Request(state.Registered) with
        {
            Parties = parties,
            Audience = "both",
            Tokens = state.Token is null ? [] : [new TokenInput { Name = "token.jwt", Text = Stage.TokenOfNow(state.Token, "both", "s") }],
            Overrides = Stage.LeadingTo(server),
        }, state.Server is null ? null : new ScriptedSource { Responses = [Good(new DocumentPair(Build.Utf8(DocumentOf(state.Server)), Build.Utf8(server.Keys), null), "s1")] });
    }

    private static string DocumentOf(string issuer)
    {
        JsonObject document = Stage.Discovery();
        document["issuer"] = issuer;
        return document.ToJsonString();
    }

    /// <param name="Server">That of the API server; null where nobody looks at it, and new tokens carry what the document names.</param>
    private sealed partial record State(string Registered, string Document, string? Token, string? Server)
    {
        public State After(string fix)
        {
            State after = fix.StartsWith("remove :443 from --service-account-issuer", StringComparison.Ordinal) ? this with { Document = IssuerDifference.WithoutDefaultPort(Document), Server = Server is null ? null : IssuerDifference.WithoutDefaultPort(Server) } : this;
            if (Setting().Match(fix) is { Success: true, Groups: [_, var set] })
            {
                after = after with { Document = set.Value, Server = Server is null ? null : set.Value };
            }

            if (Publishing().Match(fix) is { Success: true, Groups: [_, var published] })
            {
                after = after with { Document = published.Value };
            }

            if (Registering().Match(fix) is { Success: true, Groups: [_, var registered] })
            {
                after = after with { Registered = registered.Value == "that" ? Document : registered.Value };
            }

            return after with { Token = Token is not null && Renewing().IsMatch(fix) ? after.Server ?? after.Document : Token };
        }

        public override string ToString() => $"registered {Registered}, document \"{Document}\", token {Token ?? "none"}, server {Server ?? "none"}";

        [GeneratedRegex("--service-account-issuer=([^ ,;]+)")]
        private static partial Regex Setting();

        [GeneratedRegex("(?:with|publish) (https:[^ ,;]+) as (?:its|the) Identifier")]
        private static partial Regex Publishing();

        [GeneratedRegex("(?:register|register exactly) (that|https:[^ ,;]+)")]
        private static partial Regex Registering();

        [GeneratedRegex("create new tokens|create a new token|Create it|replace tokens|kubectl create token")]
        private static partial Regex Renewing();
    }
}
