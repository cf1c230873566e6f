using System.Text.Json.Nodes;
using Azure.Core;
using IssuerGateway.Base;
using IssuerGateway.Ctl;
using IssuerGateway.Ctl.Parties;
using IssuerGateway.Ctl.Parties.EntraApp.Graph;
using IssuerGateway.Ctl.Parties.EntraApp.SignIn;
using Microsoft.Extensions.Time.Testing;

namespace IssuerGateway.Tests.Ctl.EntraApp;

/// <summary>The access token for Microsoft Graph: current at every request, requested once, and never shown where a response repeats it.</summary>
public sealed class GraphTokenTests : VerifyFixture
{
    private const string Sent = GraphStandIn.Token;

    private static readonly CancellationToken cancellation = TestContext.Current.CancellationToken;

    private readonly FakeTimeProvider clock = new();

    /// <summary>Whole, with something around it, in other letters, or half of it: any member of a good response may repeat it.</summary>
    [Theory]
    [InlineData("issuer", Sent)]
    [InlineData("subject", Sent)]
    [InlineData("audiences", Sent)]
    [InlineData("groupMembershipClaims", Sent)]
    [InlineData("signInAudience", Sent)]
    [InlineData("appId", Sent)]
    [InlineData("issuer", $"https://x.example.com/{Sent}/x")]
    [InlineData("signInAudience", "GRAPH-ACCESS-TOKEN")]
    [InlineData("signInAudience", "graph-access-tok")]
    public async Task Shows_no_token_of_a_good_response(string member, string value)
    {
        Register();
        if (member == "appId")
        {
            Graph.Fail("GET /v1.0/applications(appId", 200, "{}", times: 2);
        }

        JsonObject of = member is "issuer" or "subject" or "audiences" ? Graph.Credentials[0] : Graph.Application!;
        of[member] = member == "audiences" ? new JsonArray(value) : value;

        ProgramResult text = await VerifyTokenAsync((_, _) => { }), json = await VerifyTokenAsync((_, _) => { }, " -o json");

        Assert.All(((string[])[text.Output, text.Error, json.Output, json.Error]), each => Assert.DoesNotContain("access-tok", each, StringComparison.OrdinalIgnoreCase));
        Assert.Contains(member == "appId" ? "%28credential%29" : "(credential)", text.Output + text.Error, StringComparison.Ordinal);
    }

    /// <summary>RFC 8259 §7: any character may be written as an escape.</summary>
    [Fact]
    public async Task Shows_no_token_that_is_written_in_escapes()
    {
        Graph.Fail("GET /v1.0/applications(uniqueName", 200, """{"id":"x","appId":"\u0067raph\u002Daccess-token"}""");
        Graph.Fail("GET /v1.0/applications(appId", 200, "{}");

        ProgramResult run = await VerifyAsync();

        Assert.Equal((3, "error: GET applications(appId='%28credential%29')/federatedIdentityCredentials: Microsoft Graph responded with 200: the body has no list"), (run.ExitCode, run.Error.Split('\n')[0]));
    }

    /// <summary>Searching megabytes takes seconds, and 300 characters are shown.</summary>
    [Fact]
    public async Task Keeps_no_more_of_an_error_than_a_reader_needs()
    {
        Graph.Fail("GET", 400, GraphStandIn.Error("x", new string('y', 3_900_000)));

        GraphResult<ApplicationResponse> result = await GetAsync(Create(new FileTokenCredential(await WriteTokenAsync(Sent), clock)));

        Assert.Equal(new string('y', 16 * 1024), result.Fault?.Message);
        Assert.Equal(16 * 1024, CredentialRedaction.Without(new string('y', 1_000_000), [Sent]).Length);
    }

    /// <summary>What renews the file writes another token long before the first one expires.</summary>
    [Fact]
    public async Task A_long_run_reads_the_token_file_again()
    {
        string file = await WriteTokenAsync("first");
        using HttpClient http = Create(new FileTokenCredential(file, clock));

        await GetAsync(http);
        await WriteTokenAsync("second");
        clock.Advance(TimeSpan.FromMinutes(5));
        await GetAsync(http);

        Assert.Equal(["Bearer first", "Bearer second"], Graph.Requests.Select(request => request.Headers!["Authorization"].ToString()));
    }

    /// <summary>A person types a code, or the sign-in endpoint is slow: neither is a fault of Microsoft Graph.</summary>
    [Fact]
    public async Task A_sign_in_has_more_time_than_a_request_and_is_not_repeated()
    {
        SlowCredential credential = new();
        List<string> progress = [];
        using HttpClient http = Create(credential, progress.Add);

        Task<GraphResult<ApplicationResponse>> request = GetAsync(http);
        await credential.Requested.Task.WaitAsync(TimeSpan.FromSeconds(20), cancellation);
        clock.Advance(TimeSpan.FromMinutes(10));
        credential.Token.SetResult(new AccessToken(Sent, clock.GetUtcNow().AddHours(1)));

        Assert.True((await request).IsNotFound);
        Assert.Equal((1, 0), (credential.Requests, progress.Count));
    }

    [Fact]
    public async Task A_sign_in_that_fails_is_not_repeated()
    {
        SlowCredential credential = new();
        credential.Token.SetException(new Azure.Identity.AuthenticationFailedException("x"));
        List<string> progress = [];
        using HttpClient http = Create(credential, progress.Add);

        await Assert.ThrowsAsync<Azure.Identity.AuthenticationFailedException>(() => GetAsync(http));
        Assert.Equal((1, 0), (credential.Requests, progress.Count));
    }

    private static Task<GraphResult<ApplicationResponse>> GetAsync(HttpClient http) =>
        new GraphClient(http).GetAsync("applications(uniqueName='oauth2-proxy')?$select=id", GraphReadJson.Default.ApplicationResponse, cancellation);

    private HttpClient Create(TokenCredential credential, Action<string>? progress = null) => GraphPipeline.Create(new Uri(Graph.Url), credential, new ProgramEnvironment
    {
        Terminal = new Terminal(TextWriter.Null, TextWriter.Null, program: null),
        Time = clock,
        NetworkTime = clock,
    }, progress ?? (_ => { }));

    private async Task<string> WriteTokenAsync(string token)
    {
        string file = Path.Combine(Folder.FullName, "other-token");
        await File.WriteAllTextAsync(file, token, cancellation);
        return file;
    }

    private sealed class SlowCredential : TokenCredential
    {
        public TaskCompletionSource Requested { get; } = new();

        public TaskCompletionSource<AccessToken> Token { get; } = new();

        public int Requests { get; private set; }

        public override AccessToken GetToken(TokenRequestContext requestContext, CancellationToken cancellationToken) => throw new NotSupportedException();

        public override async ValueTask<AccessToken> GetTokenAsync(TokenRequestContext requestContext, CancellationToken cancellationToken)
        {
            Requests++;
            Requested.TrySetResult();
            return await Token.Task.WaitAsync(cancellationToken);
        }
    }
}
