using System.Buffers.Text;
using System.Net;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using IssuerGateway.Tests.Ctl.EntraApp;

namespace IssuerGateway.Tests.Ctl.Parties.Registering;

/// <summary><c>issuerctl trust plan|apply|remove vault</c> against a stand-in whose configuration is replaced whole by a write.</summary>
public sealed class VaultRegistrationTests : IAsyncLifetime
{
    private const string Config = """{"oidc_discovery_url":"https://oidc.example.com/shop","bound_issuer":"https://oidc.example.com/shop"}""";
    private const string Role = """{"role_type":"jwt","user_claim":"sub","bound_audiences":["https://vault.example.com"],"bound_subject":"system:serviceaccount:apps:shop","token_policies":["shop-read","shop-db"]}""";

    private readonly string tokenFile = Path.GetTempFileName();
    private readonly string caFile = Path.GetTempFileName();
    private readonly ApiStandIn vault;
    private IssuerStandIn issuer = null!;
    private string? mountType;
    private JsonObject? config;
    private JsonObject? role;

    public VaultRegistrationTests()
    {
        File.WriteAllText(tokenFile, "hvs.secret-token\n");
        vault = new ApiStandIn(Respond);
    }

    public async ValueTask InitializeAsync()
    {
        issuer = await IssuerStandIn.StartAsync();
        await File.WriteAllTextAsync(caFile, issuer.CertificatePem);
    }

    public async ValueTask DisposeAsync()
    {
        vault.Dispose();
        await issuer.DisposeAsync();
        File.Delete(tokenFile);
        File.Delete(caFile);
    }

    [Theory]
    [InlineData("vault")]
    [InlineData("openbao")]
    public async Task An_issuer_that_the_party_would_reject_is_rejected_and_nothing_is_sent(string party)
    {
        foreach (string verb in (string[])["plan", "apply"])
        {
            (int exitCode, _, string error) = await CheckedAsync(verb, party, $"{IssuerStandIn.Identifier}:{issuer.Port}/elsewhere");

            Assert.Equal(2, exitCode);
            Assert.Contains("error: nothing was written: --issuer: ", error, StringComparison.Ordinal);
            Assert.Contains("(issuerctl check, ", error, StringComparison.Ordinal);
        }

        Assert.Empty(vault.Log);
    }

    [Fact]
    public async Task An_issuer_that_the_party_accepts_is_registered_without_a_warning()
    {
        (int exitCode, _, string error) = await CheckedAsync("apply", "vault", $"{IssuerStandIn.Identifier}:{issuer.Port}");

        Assert.Equal(("", 0), (error, exitCode));
        Assert.Equal(3, vault.Writes.Count());
    }

    [Fact]
    public async Task An_issuer_that_only_the_server_can_reach_is_a_warning()
    {
        (int exitCode, _, string error) = await RunAsync("apply", "vault", "--resolve", "oidc.example.com:443:127.0.0.1");

        Assert.Equal(0, exitCode);
        Assert.Contains("(override-failed): it was not checked", error, StringComparison.Ordinal);
        Assert.Contains("hint: run issuerctl check https://oidc.example.com/shop --profile vault from the network of the server", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_address_of_the_issuer_that_had_no_effect_is_named()
    {
        (int exitCode, _, string error) = await RunAsync("apply", "vault", "--resolve", "oidc.example.com:8443:127.0.0.1");

        Assert.Equal(0, exitCode);
        Assert.Contains("warning: --resolve oidc.example.com:8443:127.0.0.1 had no effect: this command connected to no such host and port\n", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--resolve", "nonsense")]
    [InlineData("--issuer-ca", "/does/not/exist")]
    public async Task A_wrong_option_for_the_check_is_named(string option, string value)
    {
        (int exitCode, _, string error) = await RunAsync("apply", "vault", option, value);

        Assert.Equal(2, exitCode);
        Assert.Contains(option + ": ", error, StringComparison.Ordinal);
        Assert.Empty(vault.Log);
    }

    private Task<(int ExitCode, string Output, string Error)> CheckedAsync(string verb, string party, string url) =>
        Samples.RunAsync(["trust", verb, party, .. Replaced([.. Samples.With(party, "--address", vault.Url)], "--issuer", url), "--token-file", tokenFile, "--issuer-ca", caFile, "--resolve", $"oidc.example.com:{issuer.Port}:127.0.0.1"]);

    [Theory]
    [InlineData("vault")]
    [InlineData("openbao")]
    public async Task Applies_once_body_by_body_and_changes_nothing_the_second_time(string party)
    {
        (int exitCode, string output, string error) = await RunAsync("apply", party);

        Assert.True(exitCode == 0, error);
        Assert.Equal(
            ["""POST /v1/sys/auth/jwt {"type":"jwt"}""", $"POST /v1/auth/jwt/config {Config}", $"POST /v1/auth/jwt/role/shop {Role}"],
            vault.Writes);
        Assert.StartsWith("+ auth method jwt at auth/jwt\n+ configuration of auth/jwt: oidc_discovery_url=https://oidc.example.com/shop, bound_issuer=https://oidc.example.com/shop\n+ role shop: role_type=jwt, user_claim=sub, ", output, StringComparison.Ordinal);
        Assert.Contains($"Next: issuerctl trust test {party} --token FILE", output, StringComparison.Ordinal);
        vault.Log.Clear();

        (exitCode, output, _) = await RunAsync("apply", party);

        Assert.Equal(0, exitCode);
        Assert.StartsWith("= auth method jwt at auth/jwt\n= configuration of auth/jwt\n= role shop\nnothing to change\n", output, StringComparison.Ordinal);
        Assert.Empty(vault.Writes);
    }

    [Fact] // the server keeps it and never returns it, so no write can send it again
    public async Task A_write_that_would_lose_the_secret_of_an_OIDC_sign_in_is_rejected()
    {
        (mountType, config) = ("oidc", JsonNode.Parse("""{"oidc_discovery_url":"https://oidc.example.com/shop","bound_issuer":"","oidc_client_id":"vault"}""")!.AsObject());

        (int exitCode, _, string error) = await RunAsync("apply", "vault");

        Assert.Equal(2, exitCode);
        Assert.Contains("error: nothing was written: --path: auth/jwt signs users in as client vault; a write of its configuration would lose the secret of that client", error, StringComparison.Ordinal);
        Assert.Empty(vault.Writes);

        config["bound_issuer"] = "https://oidc.example.com/shop";
        (exitCode, _, error) = await RunAsync("apply", "vault");

        Assert.Equal((0, 1), (exitCode, vault.Writes.Count()));
        Assert.StartsWith("POST /v1/auth/jwt/role/shop ", vault.Writes.Single(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_token_that_the_server_repeats_in_its_error_is_not_shown()
    {
        foreach (string repeated in (string[])["hvs.secret-token", "Bearer hvs.secret-token, again hvs.secret-token"])
        {
            vault.Instead.Enqueue((500, $$"""{"errors":["bad token {{repeated}}"]}"""));

            (int exitCode, string output, string error) = await RunAsync("plan", "vault");

            Assert.Equal(3, exitCode);
            Assert.Contains("error: Vault: bad token ", error, StringComparison.Ordinal);
            Assert.DoesNotContain("hvs.secret", output + error, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Plan_writes_nothing()
    {
        (int exitCode, string output, _) = await RunAsync("plan", "vault");

        Assert.Equal(0, exitCode);
        Assert.Equal(3, output.Split('\n').Count(line => line.StartsWith('+')));
        Assert.Empty(vault.Writes);
    }

    [Fact]
    public async Task A_change_of_the_configuration_keeps_every_field_that_is_not_ours()
    {
        (mountType, config, role) = ("jwt", JsonNode.Parse("""{"oidc_discovery_url":"https://oidc.example.com/shop","bound_issuer":"","default_role":"other","jwt_supported_algs":["RS256"],"provider_config":{}}""")!.AsObject(), JsonNode.Parse(Role)!.AsObject());

        (int exitCode, string output, _) = await RunAsync("apply", "vault");

        Assert.Equal(0, exitCode);
        Assert.Contains("~ configuration of auth/jwt: bound_issuer (nothing) -> https://oidc.example.com/shop\n", output, StringComparison.Ordinal);
        Assert.Equal(["""POST /v1/auth/jwt/config {"oidc_discovery_url":"https://oidc.example.com/shop","jwt_supported_algs":["RS256"],"default_role":"other","bound_issuer":"https://oidc.example.com/shop"}"""], vault.Writes);
    }

    [Fact]
    public async Task A_role_that_differs_is_changed_and_shown()
    {
        (mountType, config, role) = ("jwt", JsonNode.Parse(Config)!.AsObject(), JsonNode.Parse(Role.Replace("apps:shop", "apps:old", StringComparison.Ordinal))!.AsObject());

        (_, string output, _) = await RunAsync("apply", "vault");

        Assert.Contains("~ role shop: bound_subject system:serviceaccount:apps:old -> system:serviceaccount:apps:shop\n", output, StringComparison.Ordinal);
        Assert.Equal([$"POST /v1/auth/jwt/role/shop {Role}"], vault.Writes);
    }

    [Theory]
    [InlineData("jwt", """{"oidc_discovery_url":"https://other.example.com"}""", "auth/jwt takes its keys from https://other.example.com already")]
    [InlineData("jwt", """{"jwks_url":"https://other.example.com/keys"}""", "auth/jwt takes its keys from https://other.example.com/keys already")]
    [InlineData("jwt", """{"jwks_pairs":[{"jwks_url":"https://other.example.com/keys"}]}""", "auth/jwt takes its keys from jwks_pairs already")]
    [InlineData("jwt", """{"jwt_validation_pubkeys":["-----BEGIN PUBLIC KEY-----"]}""", "auth/jwt takes its keys from pinned keys already")]
    [InlineData("kubernetes", "{}", "auth/jwt is a method of type kubernetes")]
    public async Task What_is_there_for_another_is_left_alone(string type, string configuration, string sentence)
    {
        (mountType, config) = (type, JsonNode.Parse(configuration)!.AsObject());

        foreach (string verb in (string[])["plan", "apply"])
        {
            (int exitCode, _, string error) = await RunAsync(verb, "vault");
            Assert.Equal(2, exitCode);
            Assert.Contains($"error: nothing was written: --path: {sentence}", error, StringComparison.Ordinal);
        }

        Assert.Empty(vault.Writes);
    }

    [Fact]
    public async Task Removes_the_role_that_is_ours_and_nothing_else()
    {
        (mountType, config, role) = ("jwt", JsonNode.Parse(Config)!.AsObject(), JsonNode.Parse(Role)!.AsObject());

        (int unasked, _, string requested) = await RunAsync("remove", "vault");
        Assert.Equal(2, unasked);
        Assert.Contains("not an interactive terminal, so nothing was removed", requested, StringComparison.Ordinal);
        Assert.Empty(vault.Writes);

        Assert.Equal(0, (await RunAsync("remove", "vault", "--yes")).ExitCode);
        Assert.Equal(["DELETE /v1/auth/jwt/role/shop"], vault.Writes);
        Assert.Equal(0, (await RunAsync("remove", "vault", "--yes")).ExitCode);
        Assert.Single(vault.Writes);
    }

    [Fact]
    public async Task A_role_of_another_subject_is_not_removed()
    {
        (mountType, role) = ("jwt", JsonNode.Parse(Role.Replace("apps:shop", "apps:other", StringComparison.Ordinal))!.AsObject());

        Assert.Equal(2, (await RunAsync("remove", "vault", "--yes")).ExitCode);
        Assert.Empty(vault.Writes);
    }

    [Theory]
    [InlineData(403, """{"errors":["permission denied"]}""", "Vault: permission denied", "sudo on sys/auth/PATH")]
    [InlineData(400, """{"errors":["error checking oidc discovery URL"]}""", "Vault: error checking oidc discovery URL", "issuerctl check ISSUER --profile vault")]
    [InlineData(500, "<html>", ": status 500 without an error of Vault", "run it again later; it does only what is missing")]
    [InlineData(500, """{"errors":["1 error occurred"]}""", "Vault: 1 error occurred", "running it again does only what is missing")]
    public async Task What_Vault_says_is_shown_and_explained(int status, string body, string said, string hint)
    {
        vault.Instead.Enqueue((200, """{"token/":{"type":"token"}}"""));
        vault.Instead.Enqueue((status, body));

        (int exitCode, _, string error) = await RunAsync("apply", "vault");

        Assert.Equal(3, exitCode);
        Assert.Contains(said, error, StringComparison.Ordinal);
        Assert.Contains(hint, error, StringComparison.Ordinal);
        Assert.DoesNotContain("hvs.secret", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_sealed_or_busy_server_is_requested_again()
    {
        vault.Instead.Enqueue((503, """{"errors":["Vault is sealed"]}"""));
        vault.Instead.Enqueue((429, "{}"));

        Assert.Equal(0, (await RunAsync("plan", "vault")).ExitCode);
    }

    [Theory] // a proxy, a redirect, another server: nothing of it says that something is missing
    [InlineData(200, "<html>sign in</html>", "correct --address")]
    [InlineData(200, "{}", "correct --address")]
    [InlineData(200, """{"token/":{"type":"token"},"token/":{}}""", "correct --address")]
    [InlineData(404, "<html>", "correct --address")]
    [InlineData(403, "<html>", "correct --address")]
    [InlineData(307, "", "redirects are not followed, because the token would travel with them: correct --address")]
    public async Task What_is_not_Vaults_ends_the_command(int status, string body, string hint)
    {
        foreach (string verb in (string[])["plan", "apply", "verify"])
        {
            vault.Instead.Enqueue((status, body));

            (int exitCode, string output, string error) = await RunAsync(verb, "vault");

            Assert.Equal((3, ""), (exitCode, output));
            Assert.Contains($"{vault.Url}: status {status}", error, StringComparison.Ordinal);
            Assert.Contains($"hint: ", error, StringComparison.Ordinal);
            Assert.Contains(hint, error, StringComparison.Ordinal);
        }

        Assert.Empty(vault.Writes);
    }

    [Fact]
    public async Task A_configuration_that_cannot_be_read_is_not_replaced()
    {
        mountType = "jwt";
        vault.Instead.Enqueue((200, """{"token/":{"type":"token"},"jwt/":{"type":"jwt"}}"""));
        vault.Instead.Enqueue((200, "<html>"));

        Assert.Equal(3, (await RunAsync("apply", "vault")).ExitCode);
        Assert.Empty(vault.Writes);
    }

    [Fact] // policyutil.SanitizePolicies
    public async Task Policies_as_the_server_keeps_them_are_no_change()
    {
        (mountType, config, role) = ("jwt", JsonNode.Parse(Config)!.AsObject(), JsonNode.Parse(Role)!.AsObject());
        role["token_policies"] = new JsonArray("shop-db", "shop-read");

        (int exitCode, string output, _) = await RunAsync("plan", "vault", "--policy", "Shop-Read");

        Assert.Equal(0, exitCode);
        Assert.Contains("nothing to change\n", output, StringComparison.Ordinal);
        Assert.DoesNotContain("role-", (await RunAsync("verify", "vault", "--policy", "SHOP-DB")).Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--address", "http://vault.example.com:8200")]
    [InlineData("--token-file", "/does/not/exist")]
    [InlineData("--role", "a/b")]
    public async Task A_wrong_option_sends_nothing(string option, string value)
    {
        (int exitCode, _, string error) = await Samples.RunAsync(["trust", "apply", "vault", .. Replaced([.. Samples.With("vault", "--address", vault.Url), "--token-file", tokenFile], option, value)]);

        Assert.Equal(2, exitCode);
        Assert.NotEqual("", error);
        Assert.Empty(vault.Log);
    }

    [Theory]
    [InlineData("vault")]
    [InlineData("openbao")]
    public async Task Verifies_what_apply_made_and_writes_nothing(string party)
    {
        _ = await RunAsync("apply", party);
        vault.Log.Clear();

        (int exitCode, string output, string error) = await RunAsync("verify", party);

        Assert.Equal((0, ""), (exitCode, error));
        Assert.Equal($"✓ role shop fits, as far as {(party == "vault" ? "Vault" : "OpenBao")} shows it\n– token and keys: not checked, because neither --token nor --published is given\n", output);
        Assert.Empty(vault.Writes);
    }

    [Theory]
    [InlineData("mount", "", "", "method-missing", "there is no auth method at auth/jwt")]
    [InlineData("mount", "userpass", "", "method-type", "is a method of type userpass")]
    [InlineData("config", "oidc_discovery_url", "\"https://oidc.example.com/shop/\"", "config-issuer", "(trailing slash differs)")]
    [InlineData("config", "oidc_discovery_url", "\"\"", "config-missing", "it has no source of keys")]
    [InlineData("config", "bound_issuer", "\"https://oidc.example.com\"", "config-bound-issuer", "(path differs)")]
    [InlineData("role", "role_type", "\"oidc\"", "role-type", "role_type is \"oidc\"")]
    [InlineData("role", "bound_audiences", "[]", "role-audience", "bound_audiences is empty")]
    [InlineData("role", "bound_subject", "\"\"", "role-open", "every pod of the cluster can log in")]
    [InlineData("role", "bound_subject", "\"system:serviceaccount:apps:Shop\"", "role-subject", "(only the letter case differs)")]
    [InlineData("role", "token_policies", "[\"shop-read\"]", "role-policies", "the role does not give \"shop-db\"")]
    [InlineData("role", "token_policies", "[\"shop-read\",\"shop-db\",\"admin\"]", "!role-more-policies", "the role also gives \"admin\"")]
    [InlineData("role", "", "", "role-missing", "there is no role shop")]
    public async Task Verify_names_the_mistake(string part, string field, string value, string id, string sentence)
    {
        (mountType, config, role) = ("jwt", JsonNode.Parse(Config)!.AsObject(), JsonNode.Parse(Role)!.AsObject());
        switch (part, field)
        {
            case ("mount", _): mountType = field.Length == 0 ? null : field; break;
            case ("role", ""): role = null; break;
            default: (part == "config" ? config : role)![field] = JsonNode.Parse(value); break;
        }

        (int exitCode, string output, string error) = await RunAsync("verify", "vault");

        Assert.Equal((id.StartsWith('!') ? 0 : 1, ""), (exitCode, error));
        Assert.Contains(sentence, output, StringComparison.Ordinal);
        Assert.Equal([id.TrimStart('!')], output.Split('\n').Where(line => line.EndsWith(']') && line[0] is '✗' or '!').Select(line => line[(line.LastIndexOf('[') + 1)..^1]));
    }

    [Theory] // pinned keys: the copy that fails at the next rotation, and the algorithm that the method does not take
    [InlineData(false, "RS256", null)]
    [InlineData(true, "RS256", "keys-missing")]
    [InlineData(false, "PS256", "token-algorithm")]
    public async Task Verify_compares_pinned_keys_and_the_token(bool isStale, string algorithm, string? id)
    {
        using Exchange.ClusterTokens cluster = new();
        string[] pinned = [.. cluster.Keys().Take(isStale ? 1 : 2).Select(key => Pem(key!))];
        (mountType, role) = ("jwt", JsonNode.Parse(Role)!.AsObject());
        config = new JsonObject { ["jwt_validation_pubkeys"] = new JsonArray([.. pinned.Select(pem => JsonValue.Create(pem))]), ["bound_issuer"] = "https://oidc.example.com/shop", ["jwt_supported_algs"] = new JsonArray("RS256", "ES256") };
        DirectoryInfo folder = Directory.CreateTempSubdirectory("vault-verify-");
        await File.WriteAllTextAsync(Path.Combine(folder.FullName, "token"), cluster.Mint("https://vault.example.com", algorithm: algorithm));
        await File.WriteAllTextAsync(Path.Combine(folder.FullName, "keys"), new JsonObject { ["keys"] = cluster.Keys() }.ToJsonString());

        (int exitCode, string output, string error) = await RunAsync("verify", "vault", "--token", Path.Combine(folder.FullName, "token"), "--published", Path.Combine(folder.FullName, "keys"));

        folder.Delete(recursive: true);
        Assert.Equal((id is null ? 0 : 1, ""), (exitCode, error));
        Assert.Equal(id is not null, output.Contains($"[{id}]", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Verify_without_rights_ends_in_exit_code_3()
    {
        vault.Instead.Enqueue((403, """{"errors":["permission denied"]}"""));

        Assert.Equal(3, (await RunAsync("verify", "vault")).ExitCode);
    }

    private static string Pem(JsonNode jwk)
    {
        if ((string?)jwk["kty"] == "RSA")
        {
            using RSA rsa = RSA.Create(new RSAParameters { Modulus = Base64Url.DecodeFromChars((string)jwk["n"]!), Exponent = Base64Url.DecodeFromChars((string)jwk["e"]!) });
            return rsa.ExportSubjectPublicKeyInfoPem();
        }

        using ECDsa ec = ECDsa.Create(new ECParameters { Curve = ECCurve.NamedCurves.nistP256, Q = new ECPoint { X = Base64Url.DecodeFromChars((string)jwk["x"]!), Y = Base64Url.DecodeFromChars((string)jwk["y"]!) } });
        return ec.ExportSubjectPublicKeyInfoPem();
    }

    private static string[] Replaced(string[] options, string option, string value)
    {
        int at = Array.IndexOf(options, option);
        return [.. options[..at], option, value, .. options[(at + 2)..]];
    }

    private Task<(int ExitCode, string Output, string Error)> RunAsync(string verb, string party, params string[] more) =>
        Samples.RunAsync(["trust", verb, party, .. Samples.With(party, "--address", vault.Url), "--token-file", tokenFile, .. more]);

    private (int Status, string Body) Respond(HttpListenerRequest request, string body)
    {
        if (request.Headers["X-Vault-Token"] != "hvs.secret-token")
        {
            return (403, """{"errors":["permission denied"]}""");
        }

        const string none = """{"errors":[]}""";
        string Data(JsonObject? value) => new JsonObject { ["data"] = value?.DeepClone() }.ToJsonString();
        switch ($"{request.HttpMethod} {request.Url!.AbsolutePath}")
        {
            case "GET /v1/sys/auth":
                return (200, mountType is null ? """{"token/":{"type":"token"}}""" : $$"""{"token/":{"type":"token"},"jwt/":{"type":"{{mountType}}"} }""");
            case "POST /v1/sys/auth/jwt" when mountType is null:
                mountType = (string?)JsonNode.Parse(body)!["type"];
                return (204, "");
            case "GET /v1/auth/jwt/config":
                return config is null ? (404, none) : (200, Data(config));
            case "POST /v1/auth/jwt/config" when mountType is not null:
                config = JsonNode.Parse(body)!.AsObject();
                return (204, "");
            case "GET /v1/auth/jwt/role/shop":
                return role is null ? (404, none) : (200, Data(role));
            case "POST /v1/auth/jwt/role/shop" when config is not null:
                role = JsonNode.Parse(body)!.AsObject();
                return (204, "");
            case "DELETE /v1/auth/jwt/role/shop":
                role = null;
                return (204, "");
            default:
                return (404, """{"errors":["no handler for route"]}""");
        }
    }
}
