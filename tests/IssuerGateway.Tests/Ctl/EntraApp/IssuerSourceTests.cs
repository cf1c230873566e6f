using System.Text;

namespace IssuerGateway.Tests.Ctl.EntraApp;

/// <summary>Where the issuer comes from when nobody names it.</summary>
public sealed class IssuerSourceTests : EntraProgramFixture
{
    private string Kubeconfig => Path.Combine(Folder.FullName, "kubeconfig");

    [Fact]
    public async Task The_cluster_of_the_kubeconfig_is_queried()
    {
        WriteKubeconfig($"https://localhost:{IssuerServer.Port}");

        ProgramResult run = await RunAsync("plan", issuer: $"--kubeconfig {Kubeconfig}");

        Assert.Equal((0, $"issuer of the cluster: {IssuerStandIn.Identifier}\n"), (run.ExitCode, run.Error));
        Assert.Contains($"  + issuer {IssuerStandIn.Identifier}\n", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_cluster_is_queried_as_the_user_of_the_kubeconfig_and_nobody_else_is()
    {
        WriteKubeconfig($"https://localhost:{IssuerServer.Port}");
        IssuerServer.Responses["/.well-known/openid-configuration"] = (403, "");

        await RunAsync("plan", issuer: $"--kubeconfig {Kubeconfig}");
        Assert.Equal("Bearer abc", IssuerServer.Authorization);

        await RunAsync("plan", issuer: "--gateway https://keys.example.com");
        Assert.Equal("", IssuerServer.Authorization ?? "");
    }

    [Fact]
    public async Task The_context_can_be_chosen()
    {
        WriteKubeconfig("https://localhost:1", other: $"https://localhost:{IssuerServer.Port}");

        Assert.Equal(0, (await RunAsync("plan", issuer: $"--kubeconfig {Kubeconfig} --context other")).ExitCode);
    }

    [Fact]
    public async Task The_gateway_is_queried_instead()
    {
        ProgramResult run = await RunAsync("plan", issuer: "--gateway https://keys.example.com/");

        Assert.Equal((0, $"issuer of the gateway: {IssuerStandIn.Identifier}\n"), (run.ExitCode, run.Error));
    }

    [Fact]
    public async Task The_issuer_that_the_cluster_names_is_checked_under_its_public_URL()
    {
        WriteKubeconfig($"https://localhost:{IssuerServer.Port}");
        IssuerServer.Publish("https://elsewhere.example.com", IssuerStandIn.Keys(IssuerStandIn.RsaKey("key-1")));

        ProgramResult run = await RunAsync("apply", issuer: $"--kubeconfig {Kubeconfig}");

        Assert.Equal(2, run.ExitCode);
        Assert.Equal(
            """
            issuer of the cluster: https://elsewhere.example.com
            rejected, nothing was written: the certificate is not for elsewhere.example.com: subject "CN=stand-in issuer", issued by "CN=stand-in issuer" [tls-name-mismatch]
            response: AADSTS50166: Request to External OIDC endpoint failed (sometimes AADSTS501661 or AADSTS90061)
            hint: get a certificate whose SAN has elsewhere.example.com

            """, run.Error);
        Assert.Empty(Graph.Requests);
    }

    [Theory]
    [InlineData("http://insecure.example.com", "--issuer: found \"http://insecure.example.com\", expected an https URL")]
    [InlineData("https://oidc.example.com/ x", "--issuer: found \"https://oidc.example.com/ x\", expected printable ASCII without white space")]
    public async Task An_issuer_that_Entra_cannot_take_is_rejected(string issuer, string said)
    {
        WriteKubeconfig($"https://localhost:{IssuerServer.Port}");
        IssuerServer.Publish(issuer, IssuerStandIn.Keys());

        ProgramResult run = await RunAsync("apply", issuer: $"--kubeconfig {Kubeconfig}");

        Assert.Equal(2, run.ExitCode);
        Assert.Contains($"rejected, nothing was written: {said}\n", run.Error, StringComparison.Ordinal);
        Assert.Empty(Graph.Requests);
    }

    [Theory]
    [InlineData(403, "", "error: cluster: /.well-known/openid-configuration responded with 403\nhint: bind system:service-account-issuer-discovery to your user, or name the issuer with --issuer\n")]
    [InlineData(200, "{}", "error: cluster: the discovery document names no issuer\nhint: name it with --issuer, or the way to it with --context or --gateway\n")]
    [InlineData(200, "<html>", "error: cluster: discovery document: invalid JSON at line 1, byte 0\nhint: fetch it from the API server with kubectl get --raw /.well-known/openid-configuration; something in between responds instead\n")]
    public async Task A_cluster_that_does_not_say_exits_with_3(int status, string body, string said)
    {
        WriteKubeconfig($"https://localhost:{IssuerServer.Port}");
        IssuerServer.Responses["/.well-known/openid-configuration"] = (status, body);

        Assert.Equal(new ProgramResult(3, "", said), await RunAsync("plan", issuer: $"--kubeconfig {Kubeconfig}"));
    }

    [Fact]
    public async Task A_cluster_that_cannot_be_reached_exits_with_3()
    {
        WriteKubeconfig("https://localhost:1");

        ProgramResult run = await RunAsync("plan", issuer: $"--kubeconfig {Kubeconfig}");

        Assert.Equal((3, "error: cluster: https://localhost:1: the connection failed\nhint: name it with --issuer, or the way to it with --context or --gateway\n"), (run.ExitCode, run.Error));
    }

    [Theory]
    [InlineData("--kubeconfig /nowhere/config")]
    [InlineData("--gateway https://oidc.example.com/other")]
    public async Task A_source_that_is_not_there_exits_with_3(string source) =>
        Assert.Equal(3, (await RunAsync("plan", issuer: source)).ExitCode);

    private void WriteKubeconfig(string server, string? other = null)
    {
        string authority = Convert.ToBase64String(Encoding.ASCII.GetBytes(IssuerServer.CertificatePem));
        File.WriteAllText(Kubeconfig, $$"""
            apiVersion: v1
            kind: Config
            current-context: one
            contexts:
            - name: one
              context: { cluster: one, user: me }
            - name: other
              context: { cluster: other, user: me }
            clusters:
            - name: one
              cluster: { server: "{{server}}", certificate-authority-data: "{{authority}}" }
            - name: other
              cluster: { server: "{{other ?? server}}", certificate-authority-data: "{{authority}}" }
            users:
            - name: me
              user: { token: abc }
            """);
    }
}
