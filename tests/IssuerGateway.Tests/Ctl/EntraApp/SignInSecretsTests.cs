using System.Buffers.Text;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using IssuerGateway.Ctl.Parties.EntraApp.SignIn;
using IssuerGateway.Tests.Ctl.EntraApp.Rendering;

namespace IssuerGateway.Tests.Ctl.EntraApp;

/// <summary>A sign-in endpoint that repeats what it was sent: nothing secret of it is ever printed, and nothing of it steers the terminal.</summary>
public sealed class SignInSecretsTests : EntraProgramFixture
{
    private const string Secret = "Qx8Q~hunter2-Pa55phrase.0123456789";
    private const string Tenant = "00000000-0000-0000-0000-000000000000";

    private const string ProjectedHint = "set AZURE_FEDERATED_TOKEN_FILE to the file of the projected token, or choose another --sign-in\n";

    private const string Described = """{"error":"invalid_client","error_description":"AADSTS7000215: you sent FORM"}""";

    private static string Assertion => $"{Part("""{"alg":"RS256"}""")}.{Part("""{"sub":"hunter2"}""")}.c2lnbmF0dXJlLW9mLWh1bnRlcjI";

    /// <summary>Method, what the endpoint returns, its type, and what is printed of it.</summary>
    [Theory]
    [InlineData("secret", Described, "application/json", "error: no sign-in to Entra: AADSTS7000215: you sent client_id=")]
    [InlineData("secret", """{"error":"invalid_client","error_description":"bad secret FORM"}""", "application/json", "error: no sign-in to Entra: bad secret client_id=")]
    [InlineData("secret", "you sent FORM", "text/plain", "error: no sign-in to Entra: ClientSecretCredential authentication failed: An error response was returned by the OAuth2 server, but it could not be parsed.")]
    [InlineData("certificate", Described, "application/json", "error: no sign-in to Entra: AADSTS7000215: you sent client_id=")]
    [InlineData("workload-identity", Described, "application/json", "error: no sign-in to Entra: AADSTS7000215: you sent client_id=")]
    [InlineData("workload-identity", """{"error":"x","error_description":"AADSTS1: got returned-hunter2","access_token":"returned-hunter2"}""", "application/json", "error: no sign-in to Entra: AADSTS1: got (credential)")]
    public async Task No_credential_that_the_endpoint_repeats_is_shown(string method, string body, string type, string printed)
    {
        await using LoginStandIn login = await LoginStandIn.StartAsync();
        (login.Body, login.ContentType) = (body, type);

        ProgramRun run = await SignInAsync(login, method is "workload-identity" ? method : "environment", method switch
        {
            "secret" => new() { ["AZURE_CLIENT_SECRET"] = Secret },
            "certificate" => new() { ["AZURE_CLIENT_CERTIFICATE_PATH"] = await WriteCertificateAsync() },
            _ => new() { ["AZURE_FEDERATED_TOKEN_FILE"] = await WriteAsync("assertion", Assertion) },
        });

        Assert.Equal((3, ""), (run.ExitCode, run.Output));
        Assert.StartsWith(printed, run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("eyJ", run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("failed:\n", run.Error, StringComparison.Ordinal);
    }

    /// <summary>Of Azure.Identity and .NET there would be a type name, or a command that waits for ever.</summary>
    [Theory]
    [InlineData("/nowhere/token", null, "/nowhere/token does not exist", ProjectedHint)]
    [InlineData("FOLDER", null, "FOLDER is a folder", ProjectedHint)]
    [InlineData("/dev/zero", null, "/dev/zero is larger than 2097152 bytes, and a token has at most 65536", ProjectedHint)]
    [InlineData("-", null, "- does not exist", ProjectedHint)]
    [InlineData("assertion", "", "FOLDER/assertion: the file is empty", "write the token into it: kubectl create token ")]
    [InlineData("assertion", "\u0001\u0002\u00ff", "FOLDER/assertion: the file is binary, or not ASCII", "name the file of one token")]
    [InlineData("assertion", "{\"access_token\":\"hunter2\"}", "FOLDER/assertion: the file contains the response of a token endpoint", "")]
    public async Task Names_the_variable_of_a_projected_token_that_is_none(string file, string? content, string cause, string hint)
    {
        await using LoginStandIn login = await LoginStandIn.StartAsync();
        string path = content is not null ? await WriteAsync(file, content) : file.Replace("FOLDER", Folder.FullName, StringComparison.Ordinal);

        ProgramRun run = await SignInAsync(login, "workload-identity", new() { ["AZURE_FEDERATED_TOKEN_FILE"] = path });

        Assert.Equal((2, ""), (run.ExitCode, run.Output));
        Assert.StartsWith($"error: AZURE_FEDERATED_TOKEN_FILE: {cause.Replace("FOLDER", Folder.FullName, StringComparison.Ordinal)}", run.Error, StringComparison.Ordinal);
        Assert.Contains($"\nhint: {hint}", run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", run.Error, StringComparison.Ordinal);
        Assert.Empty(login.Paths);
    }

    [Fact]
    public async Task Names_the_login_endpoint_that_was_given()
    {
        await using LoginStandIn login = await LoginStandIn.StartAsync();
        (login.Body, login.ContentType) = ("not here", "text/plain");

        ProgramRun run = await SignInAsync(login, "environment", new() { ["AZURE_CLIENT_SECRET"] = Secret });

        Assert.EndsWith($"\nhint: check --login-endpoint {login.Url}; or az login --allow-no-subscriptions --tenant TENANT, or --sign-in device-code, or --access-token-file FILE\n", run.Error, StringComparison.Ordinal);
    }

    /// <summary>Another tenant of the environment than --tenant would be read, and written to, without a word.</summary>
    [Theory]
    [InlineData("environment", "88888888-0000-0000-0000-000000000000")]
    [InlineData("auto", "88888888-0000-0000-0000-000000000000")]
    [InlineData("workload-identity", "88888888-0000-0000-0000-000000000000")]
    public async Task Signs_in_to_the_tenant_of_the_command_line(string method, string tenant)
    {
        await using LoginStandIn login = await LoginStandIn.StartAsync();
        login.Body = Described;

        await SignInAsync(login, method, method == "workload-identity" ? new() { ["AZURE_FEDERATED_TOKEN_FILE"] = await WriteAsync("assertion", Assertion) } : new() { ["AZURE_CLIENT_SECRET"] = Secret }, tenant);

        Assert.Contains($"/{Tenant}/oauth2/v2.0/token", login.Paths);
        Assert.DoesNotContain(login.Paths, path => path.Contains(tenant, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("environment")]
    [InlineData("auto")]
    public async Task Names_a_tenant_of_the_environment_that_is_none(string method)
    {
        await using LoginStandIn login = await LoginStandIn.StartAsync();

        ProgramRun run = await SignInAsync(login, method, new() { ["AZURE_CLIENT_SECRET"] = Secret }, "x y");

        Assert.Equal((3, ""), (run.ExitCode, run.Output));
        Assert.StartsWith("error: no sign-in to Entra: Invalid tenant id provided.", run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Names_a_sign_in_endpoint_that_this_machine_does_not_trust()
    {
        Exception failed = new InvalidOperationException("ClientSecretCredential authentication failed: Retry failed after 4 tries. Retry settings can be adjusted.", new HttpRequestException("The SSL connection could not be established, see inner exception."));

        IssuerGateway.Ctl.Parties.EntraApp.Failure failure = SignInFailure.Of(failed);

        Assert.Equal("no sign-in to Entra: the sign-in endpoint has no TLS connection that both sides accept", failure.Message);
        Assert.StartsWith("Where a proxy inspects TLS", failure.Hint, StringComparison.Ordinal);
    }

    [Fact]
    public void No_spelling_of_a_credential_is_shown()
    {
        SignInSecrets secrets = new(new Dictionary<string, string> { ["AZURE_PASSWORD"] = Secret, ["AZURE_CLIENT_CERTIFICATE_PASSWORD"] = "p+ss w&rd" }.GetValueOrDefault);

        foreach (string spelling in (string[])[Secret, Uri.EscapeDataString(Secret), Secret.ToUpperInvariant(), Convert.ToBase64String(Encoding.UTF8.GetBytes(Secret)), Convert.ToHexString(Encoding.UTF8.GetBytes(Secret)), "p+ss w&rd", "p%2Bss+w%26rd", "p%2Bss%20w%26rd"])
        {
            Assert.Equal("you sent (credential) today", secrets.Without($"you sent {spelling} today").TrimEnd('='));
        }
    }

    [Fact]
    public async Task The_message_of_a_device_code_is_one_printable_line()
    {
        await using LoginStandIn login = await LoginStandIn.StartAsync();
        (login.Body, login.DeviceMessage) = ("""{"error":"authorization_declined","error_description":"AADSTS70016: declined FORM"}""", "\u001b[31m\u001b]0;pwned\u0007 go to \u202eevil \r\nissuerctl: all good (device-code-secret)");

        ProgramRun run = await SignInAsync(login, "device-code", []);

        Assert.StartsWith("sign-in: ?[31m?]0;pwned? go to ?evil issuerctl: all good ((credential))\nerror: no sign-in to Entra: AADSTS70016: declined ", run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("device-code-secret", run.Error, StringComparison.Ordinal);
        Assert.All(run.Error, c => Assert.True(c is '\n' or (>= ' ' and <= '~')));
    }

    private Task<ProgramRun> SignInAsync(LoginStandIn login, string method, Dictionary<string, string> variables, string tenant = Tenant)
    {
        (variables["AZURE_CLIENT_ID"], variables["AZURE_TENANT_ID"]) = (GraphStandIn.AppId, tenant);
        variables["SSL_CERT_FILE"] = Path.Combine(Folder.FullName, "login.pem");
        File.WriteAllText(variables["SSL_CERT_FILE"], login.CertificatePem);
        return EntraProcessTests.StartAsync($"trust verify entra-app {Registration} {Issuer} --sign-in {method} --login-endpoint {login.Url} --graph-endpoint {Graph.Url}", variables);
    }

    private async Task<string> WriteCertificateAsync()
    {
        using RSA key = RSA.Create(2048);
        using X509Certificate2 certificate = new CertificateRequest("CN=app", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1).CreateSelfSigned(DateTimeOffset.UnixEpoch, new DateTimeOffset(2100, 1, 1, 0, 0, 0, TimeSpan.Zero));
        return await WriteAsync("app.pem", $"{certificate.ExportCertificatePem()}\n{key.ExportPkcs8PrivateKeyPem()}\n");
    }

    private async Task<string> WriteAsync(string name, string content)
    {
        string file = Path.Combine(Folder.FullName, name);
        await File.WriteAllTextAsync(file, content);
        return file;
    }

    private static string Part(string json) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(json));
}
