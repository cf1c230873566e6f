using System.Text.Json.Nodes;
using IssuerGateway.Ctl.Parties.EntraApp.SignIn;

namespace IssuerGateway.Tests.Ctl.EntraApp;

/// <summary>Every way in which Microsoft Graph can say no, in words that say what to do.</summary>
public sealed class GraphResponseTests : EntraProgramFixture
{
    private const string Address = "GET applications(uniqueName='oauth2-proxy')";

    [Theory]
    [InlineData(400, "Request_BadRequest", "Invalid value specified for property 'issuer'.", 1, "Entra rejects a value; the message says which")]
    [InlineData(401, "InvalidAuthenticationToken", "Lifetime validation failed, the token is expired.", 1, "the token is not valid for Microsoft Graph, or has expired: sign in again (az login --allow-no-subscriptions --tenant TENANT)")]
    [InlineData(403, "Authorization_RequestDenied", "Insufficient privileges to complete the operation.", 1, "needed: role Application Developer and Application.ReadWrite.All (user), or Application.ReadWrite.OwnedBy (app)")]
    [InlineData(409, "Request_MultipleObjectsWithSameKeyValue", "Another object with the same value exists.", 1, "somebody changes the same app, or a deleted app still has this unique name (az rest --url https://graph.microsoft.com/v1.0/directory/deletedItems/microsoft.graph.application): wait or restore it")]
    [InlineData(429, "TooManyRequests", "Too many requests.", 7, "Graph throttles this tenant: run it again in some minutes, what is done stays done")]
    [InlineData(500, "Service_InternalServerError", "Encountered an internal server error.", 1, "Graph is in trouble: run it again later, what is done stays done")]
    [InlineData(503, "serviceNotAvailable", "The service is unavailable.", 7, "Graph is in trouble: run it again later, what is done stays done")]
    [InlineData(504, "gatewayTimeout", "The request timed out.", 7, "Graph is in trouble: run it again later, what is done stays done")]
    [InlineData(418, "teapot", "Short and stout.", 1, "run it again; with the request-id Microsoft's support can find the request")]
    public async Task An_error_is_reported_with_code_message_request_id_and_hint(int status, string code, string message, int attempts, string hint)
    {
        Graph.Fail("GET", status, GraphStandIn.Error(code, message), times: 100);

        ProgramResult run = await RunAsync("apply");

        string retries = string.Concat(((int[])[2, 4, 8, 16, 32, 60]).Take(attempts - 1).Select(seconds => $"Microsoft Graph responded with {status}; retrying in {seconds} s\n"));
        Assert.Equal(new ProgramResult(3, "", $"{retries}error: {Address}: Microsoft Graph responded with {status} {code}: {message} (request-id req-1)\nhint: {hint}\n"), run);
        Assert.Equal(attempts, Graph.Requests.Count);
        Assert.Empty(Writes);
    }

    [Fact]
    public async Task A_token_that_Graph_repeats_in_its_error_is_not_shown()
    {
        Graph.Fail("GET", 401, GraphStandIn.Error("InvalidAuthenticationToken", $"Bad token {GraphStandIn.Token}."));

        ProgramResult run = await RunAsync("plan");

        Assert.StartsWith($"error: {Address}: Microsoft Graph responded with 401 InvalidAuthenticationToken: Bad token (credential). (request-id req-1)\n", run.Error, StringComparison.Ordinal);
    }

    /// <summary>Code and request-id are printed as the message is.</summary>
    [Fact]
    public async Task A_token_that_Graph_repeats_elsewhere_is_not_shown()
    {
        Graph.RequestId = $"id-{GraphStandIn.Token}";
        Graph.Fail("GET", 401, GraphStandIn.Error($"Bad{GraphStandIn.Token}", "x"));

        ProgramResult run = await RunAsync("plan");

        Assert.StartsWith($"error: {Address}: Microsoft Graph responded with 401 Bad(credential): x (request-id id-(credential))\n", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("PATCH /v1.0/applications(uniqueName", 400, "Request_BadRequest", "PATCH applications(uniqueName='oauth2-proxy')")]
    [InlineData("PATCH /v1.0/servicePrincipals", 409, "Request_MultipleObjectsWithSameKeyValue", $"PATCH servicePrincipals(appId='{GraphStandIn.AppId}')")]
    [InlineData("PATCH /v1.0/applications(appId", 400, "Request_BadRequest", $"PATCH applications(appId='{GraphStandIn.AppId}')/federatedIdentityCredentials(name='kubernetes')")]
    public async Task A_rejected_write_names_the_request(string failing, int status, string code, string request)
    {
        Graph.Fail(failing, status, GraphStandIn.Error(code, "No."));

        ProgramResult run = await RunAsync("apply");

        Assert.Equal(3, run.ExitCode);
        Assert.StartsWith($"error: {request}: Microsoft Graph responded with {status} {code}: No. (request-id req-1)\n", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(500, "<html>proxy</html>", "Microsoft Graph responded with 500 (request-id req-1)")]
    [InlineData(500, "{}", "Microsoft Graph responded with 500 (request-id req-1)")]
    [InlineData(200, "<html>proxy</html>", "Microsoft Graph responded with 200: the body is not what Graph documents")]
    [InlineData(200, "null", "Microsoft Graph responded with 200: the body is not what Graph documents")]
    [InlineData(200, "{}", "Microsoft Graph responded with 200: the application has no appId")]
    [InlineData(302, "", "Microsoft Graph responded with 302 (request-id req-1)")]
    [InlineData(404, "<html>proxy</html>", "Microsoft Graph responded with 404 (request-id req-1)")]
    public async Task A_body_that_is_not_Graph_s_is_never_shown(int status, string body, string said)
    {
        Graph.Fail("GET", status, body);

        ProgramResult run = await RunAsync("plan");

        Assert.Equal((3, $"error: {Address}: {said}"), (run.ExitCode, run.Error.Split('\n')[0]));
    }

    [Fact]
    public async Task Foreign_text_cannot_steer_the_terminal()
    {
        Graph.Fail("GET", 400, GraphStandIn.Error("x\u001b[2J", new string('y', 400)));

        Assert.Equal($"error: {Address}: Microsoft Graph responded with 400 x?[2J: {new string('y', 300)}... (request-id req-1)", (await RunAsync("plan")).Error.Split('\n')[0]);
    }

    [Fact]
    public async Task No_response_exits_with_3()
    {
        string endpoint = Graph.Url;
        Graph.Dispose();

        ProgramResult run = await RunAsync("plan");

        Assert.Equal(3, run.ExitCode);
        Assert.Contains($" s\nerror: {Address}: Microsoft Graph did not respond: Connection refused ({new Uri(endpoint).Host}", run.Error, StringComparison.Ordinal);
        Assert.EndsWith("\nhint: check the network, the proxy and --graph-endpoint\n", run.Error, StringComparison.Ordinal);
        Assert.Equal(6, Time.Waits.Count);
    }

    /// <summary>The stand-in issuer has a certificate of its own making: what no retry changes is not retried.</summary>
    [Fact]
    public async Task A_certificate_that_is_not_trusted_is_named_at_once()
    {
        string file = Path.Combine(Folder.FullName, "access-token");
        await File.WriteAllTextAsync(file, GraphStandIn.Token);

        ProgramResult run = await RunLineAsync($"trust verify entra-app {Registration} {Issuer} --access-token-file {file} --graph-endpoint https://127.0.0.1:{IssuerServer.Port}");

        Assert.Equal((3, ""), (run.ExitCode, run.Output));
        Assert.StartsWith($"error: {Address}: Microsoft Graph has no TLS connection that both sides accept: The remote certificate is invalid", run.Error, StringComparison.Ordinal);
        Assert.EndsWith("\nhint: check --graph-endpoint. Where a proxy inspects TLS, add its CA to the trust store of this machine, or name a file with all roots in SSL_CERT_FILE (--ca is for the issuer only)\n", run.Error, StringComparison.Ordinal);
        Assert.Empty(Time.Waits);
    }

    [Fact]
    public async Task Pages_are_followed_only_at_the_same_address()
    {
        Graph.PutApplication("oauth2-proxy", new JsonObject { ["displayName"] = "oauth2-proxy" });
        Graph.NextLink = "https://elsewhere.example.com/v1.0/next";

        ProgramResult run = await RunAsync("plan");

        Assert.Equal((3, $"error: GET applications(appId='{GraphStandIn.AppId}')/federatedIdentityCredentials: Microsoft Graph responded with 200: the next page is at another address"),
            (run.ExitCode, run.Error.Split('\n')[0]));
    }

    [Fact]
    public async Task Pages_without_end_are_cut_off()
    {
        Graph.PutApplication("oauth2-proxy", new JsonObject { ["displayName"] = "oauth2-proxy" });
        Graph.NextLink = $"{Graph.Url}/v1.0/applications(appId='{GraphStandIn.AppId}')/federatedIdentityCredentials?$skiptoken=x";

        ProgramResult run = await RunAsync("plan");

        Assert.Equal(3, run.ExitCode);
        Assert.Contains("more than 100 pages", run.Error, StringComparison.Ordinal);
        Assert.Equal(100, Graph.Requests.Count(request => request.AbsolutePath.EndsWith("Credentials", StringComparison.Ordinal)));
    }
}
