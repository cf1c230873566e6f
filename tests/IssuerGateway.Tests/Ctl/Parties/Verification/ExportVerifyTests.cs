using System.Text.Json.Nodes;
using IssuerGateway.Tests.Checking;
using IssuerGateway.Tests.Ctl.Parties.Exchange;

namespace IssuerGateway.Tests.Ctl.Parties.Verification;

/// <summary><c>issuerctl trust verify aws|google|kubernetes</c> from what the party's tool exports: sound, and each mistake by its id.</summary>
public sealed class ExportVerifyTests : IDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("verify-");
    private readonly ClusterTokens cluster = new();

    public void Dispose()
    {
        folder.Delete(recursive: true);
        cluster.Dispose();
    }

    [Theory]
    [InlineData("aws", "✓ role shop fits, as far as the export of AWS shows it\n")]
    [InlineData("google", "✓ provider shop fits, as far as the export of Google shows it\n")]
    [InlineData("kubernetes", "✓ user shop-cluster:system:serviceaccount:apps:shop fits, as far as the authentication configuration shows it\n")]
    public async Task A_sound_registration_fits(string party, string verdict)
    {
        (int exitCode, string output, string error) = await VerifyAsync(party, "", null, Token(party), PublishedKeys());

        Assert.Equal((verdict, "", 0), (output, error, exitCode));
    }

    public static TheoryData<string, string, string?, string> AwsMistakes => new()
    {
        { "Url", "\"oidc.example.com/shop/\"", "provider-url", "(trailing slash differs)" },
        { "Url", "\"oidc.example.com/Shop\"", "provider-url", "(letter case differs)" },
        { "ClientIDList", "[\"other\"]", "provider-audience", "the audiences of the identity provider are \"other\"" },
        { "Role.Arn", "\"arn:aws:iam::111122223333:role/other\"", "role-arn", "arn:aws:iam::111122223333:role/other" },
        { "Principal", "{\"Federated\":\"arn:aws:iam::111122223333:oidc-provider/other\"}", "role-principal", "the trust policy admits \"arn:aws:iam::111122223333:oidc-provider/other\"" },
        { "Action", "\"sts:AssumeRole\"", "role-principal", "no statement with sts:AssumeRoleWithWebIdentity" },
        { "Condition", """{"StringEquals":{"oidc.example.com/shop:aud":"sts.amazonaws.com"}}""", "role-open", "admits service accounts of other namespaces" },
        { "Condition", """{"StringEquals":{"oidc.example.com/shop:aud":"sts.amazonaws.com"},"StringLike":{"oidc.example.com/shop:sub":"system:serviceaccount:*:shop"}}""", "role-open", "admits service accounts of other namespaces" },
        { "Condition", """{"StringEquals":{"oidc.example.com/shop:aud":"sts.amazonaws.com","oidc.example.com/shop:sub":"system:serviceaccount:*:*"}}""", "role-subject", "StringEquals takes * as it is written" },
        { "Condition", """{"StringEquals":{"oidc.example.com/shop:aud":"sts.amazonaws.com","oidc.example.com/shop:sub":"system:serviceaccount:apps:Shop"}}""", "role-subject", "(only the letter case differs)" },
        { "Condition", """{"StringEquals":{"oidc.example.com/shop:aud":"other","oidc.example.com/shop:sub":"system:serviceaccount:apps:shop"}}""", "role-audience", "demands the audience \"other\"" },
        { "Effect", "\"Deny\"", "role-subject", "does not admit \"system:serviceaccount:apps:shop\"" },
        // Warnings, and what leaves the registration sound.
        { "Condition", """{"StringEquals":{"oidc.example.com/shop:aud":"sts.amazonaws.com"},"StringLike":{"oidc.example.com/shop:sub":"system:serviceaccount:apps:*"}}""", "!role-wide", "admits every service account of namespace apps" },
        { "Condition", """{"StringEquals":{"oidc.example.com/shop:sub":"system:serviceaccount:apps:shop"}}""", "!role-any-audience", "no condition on aud" },
        { "Condition", """{"ForAnyValue:StringLike":{"OIDC.example.com/shop:AUD":["x","sts.*"]},"StringEqualsIfExists":{"oidc.example.com/shop:sub":["system:serviceaccount:apps:other","system:serviceaccount:apps:shop"]}}""", null, "✓ role shop fits" },
        { "Condition", """{"StringEquals":{"oidc.example.com/shop:aud":"sts.amazonaws.com","oidc.example.com/shop:sub":"system:serviceaccount:apps:shop"},"IpAddress":{"aws:SourceIp":"192.0.2.0/24"}}""", null, "– trust policy: not checked, because a condition depends on more than the token" },
    };

    [Theory]
    [MemberData(nameof(AwsMistakes))]
    public Task AWS(string part, string value, string? id, string sentence) => FindsAsync("aws", part, value, id, sentence);

    [Fact]
    public async Task AWS_takes_the_policy_as_IAM_has_it_and_a_denial_wins()
    {
        JsonNode policy = JsonNode.Parse(Export("aws-role"))!["Role"]!["AssumeRolePolicyDocument"]!;
        JsonNode encoded = JsonNode.Parse(Export("aws-role"))!;
        encoded["Role"]!["AssumeRolePolicyDocument"] = Uri.EscapeDataString(policy.ToJsonString());
        (int exitCode, _, _) = await VerifyAsync("aws", "aws-role", encoded.ToJsonString());
        Assert.Equal(0, exitCode);

        JsonNode denied = JsonNode.Parse(Export("aws-role"))!;
        denied["Role"]!["AssumeRolePolicyDocument"]!["Statement"]!.AsArray().Add(JsonNode.Parse("""{"Effect":"Deny","Principal":"*","Action":"sts:*","Condition":{"StringLike":{"oidc.example.com/shop:sub":"*:apps:*"}}}"""));
        (exitCode, string output, _) = await VerifyAsync("aws", "aws-role", denied.ToJsonString());
        Assert.Equal(1, exitCode);
        Assert.Contains("[role-subject]", output, StringComparison.Ordinal);
    }

    public static TheoryData<string, string, string?, string> GoogleMistakes => new()
    {
        { "name", "\"projects/1/locations/global/workloadIdentityPools/clusters/providers/shop\"", "provider-name", "name of the provider is" },
        { "state", "\"DELETED\"", "provider-state", "the provider is DELETED" },
        { "disabled", "true", "provider-disabled", "the provider is disabled" },
        { "oidc.issuerUri", "\"https://oidc.example.com/other\"", "provider-issuer", "(path differs)" },
        { "oidc.allowedAudiences", "[\"other\"]", "provider-audience", "takes the audiences \"other\"" },
        { "attributeMapping", "{\"google.subject\":\"assertion.email\"}", "provider-mapping", "attributeMapping of google.subject is \"assertion.email\"" },
        { "attributeCondition", "\"\"", "provider-open", "every pod of the cluster can exchange its token" },
        { "attributeCondition", "\"assertion.sub == 'system:serviceaccount:apps:other'\"", "provider-condition", "expected \"system:serviceaccount:apps:shop\"" },
        { "attributeCondition", "\"assertion.sub in ['a', 'b']\"", "provider-condition", "admits \"a\", \"b\"" },
        { "attributeCondition", "\"assertion.sub.startsWith('system:serviceaccount:other:')\"", "provider-condition", "subjects that start with" },
        { "bindings", "[{\"role\":\"roles/iam.workloadIdentityUser\",\"members\":[\"principalSet://iam.googleapis.com/projects/123456789012/locations/global/workloadIdentityPools/clusters/*\"]}]", "account-open", "every identity of pool clusters may impersonate" },
        { "bindings", "[]", "account-member", "is given to empty" },
        { "oidc.jwksJson", "\"{\\\"keys\\\":[]}\"", "keys-unreadable", "no key that can be read" },
        { "attributeCondition", "\"google.subject.startsWith('system:serviceaccount:apps:')\"", "!provider-wide", "admits every subject that starts with" },
        { "attributeCondition", "\"google.subject in [\\\"system:serviceaccount:apps:shop\\\"]\"", null, "✓ provider shop fits" },
        { "attributeCondition", "\"assertion.sub == 'system:serviceaccount:apps:shop' || true\"", null, "– attribute condition: not checked, it is CEL of another form" },
        { "oidc.allowedAudiences", "[]", null, "✓ provider shop fits" },
    };

    [Theory]
    [MemberData(nameof(GoogleMistakes))]
    public Task Google(string part, string value, string? id, string sentence) => FindsAsync("google", part, value, id, sentence);

    [Fact]
    public async Task Uploaded_keys_of_Google_are_compared_with_the_published_ones()
    {
        JsonNode provider = JsonNode.Parse(Export("google"))!;
        provider["oidc"]!["jwksJson"] = new JsonObject { ["keys"] = new JsonArray(cluster.Keys()[0]!.DeepClone()) }.ToJsonString();

        (int exitCode, string output, _) = await VerifyAsync("google", "google", provider.ToJsonString(), null, PublishedKeys());

        Assert.Equal(1, exitCode);
        Assert.Contains("✗ ec is published, but the party does not hold it: tokens that it signs are rejected [keys-missing]\n", output, StringComparison.Ordinal);
    }

    public static TheoryData<string, string, string?, string> ClusterMistakes => new()
    {
        { "url: \"https://oidc.example.com/shop\"", "url: \"https://oidc.example.com/shop/\"", "issuer-missing", "(trailing slash differs)" },
        { "      audiences:", "      audience: x\n      audiences:", "config-field", "jwt.issuer.audience is no field of AuthenticationConfiguration" },
        { "apiserver.config.k8s.io/v1", "apiserver.config.k8s.io/v1alpha1", "config-version", "AuthenticationConfiguration apiserver.config.k8s.io/v1alpha1" },
        { "\"other-cluster\"", "\"another\"", "audience", "audiences are \"another\"" },
        { "        - \"other-cluster\"", "        - \"other-cluster\"\n        - b", "audience-policy", "without audienceMatchPolicy" },
        { "        prefix: \"shop-cluster:\"", "        prefix: \"\"", "prefix-empty", "is the local service account system:serviceaccount:apps:shop" },
        { "        prefix: \"shop-cluster:\"\n", "", "prefix-missing", "has no prefix" },
        { "prefix: \"shop-cluster:\"", "prefix: \"system:x:\"", "prefix-system", "names that Kubernetes keeps for itself" },
        { "prefix: \"shop-cluster:\"", "prefix: \"shop:\"", "prefix", "expected \"shop-cluster:\"" },
        { "claim: sub", "claim: email", "username-claim", "claimMappings.username.claim is \"email\"" },
        { "      audiences:", "      discoveryURL: \"https://oidc.example.com/shop\"\n      audiences:", "discovery-url", "discoveryURL is" },
        { "      audiences:", "      certificateAuthority: /etc/ca.crt\n      audiences:", "authority", "holds no certificate" },
        { "jwt:", "jwt:\n  - issuer:\n      url: https://oidc.example.com/other\n      audiences: [a]\n    claimMappings: {username: {claim: sub, prefix: \"a:\"}}", "issuer-own", "is the trusting cluster's own issuer" },
        { "jwt:", "jwt:\n  - issuer:\n      url: https://oidc.example.com/shop\n      audiences: [other-cluster]\n    claimMappings: {username: {claim: sub, prefix: \"shop-cluster:\"}}", "issuer-twice", "is there more than once" },
        { "\"shop-cluster:system:serviceaccount:apps:shop\"", "\"system:serviceaccount:apps:shop\"", "rights-user", "(the prefix is missing)" },
        { "  name: \"view\"", "  name: \"admin\"", "rights-role", "expected \"view\"" },
        { "        claim: sub\n        # Without it a foreign pod would be the local service account of the same name.\n        prefix: \"shop-cluster:\"", "        expression: \"'a:' + claims.sub\"", null, "– user name: not checked, it is made by an expression" },
        { "!user.username.startsWith('system:')", "user.username != 'root'", null, "– userValidationRules: not checked" },
    };

    [Theory]
    [MemberData(nameof(ClusterMistakes))]
    public async Task Kubernetes(string part, string value, string? id, string sentence)
    {
        string name = Export("kubernetes").Contains(part, StringComparison.Ordinal) ? "kubernetes" : "kubernetes-rights";
        Assert.Contains(part, Export(name), StringComparison.Ordinal);

        Validate(await VerifyAsync("kubernetes", name, Export(name).Replace(part, value, StringComparison.Ordinal)), id, sentence);
    }

    public static TheoryData<string, string, string> Tokens => new()
    {
        { "iss", "\"https://oidc.example.com/shop/\"", "token-issuer" },
        { "sub", "\"system:serviceaccount:apps:default\"", "token-subject" },
        { "aud", "[\"other\"]", "token-audience" },
        { "exp", "1000000000", "token-expired" },
    };

    [Theory]
    [MemberData(nameof(Tokens))]
    public async Task A_token_that_does_not_fit_is_named(string claim, string value, string id)
    {
        foreach (string party in (string[])["aws", "google", "kubernetes"])
        {
            string token = cluster.Mint(Audience(party), claims => claims[claim] = JsonNode.Parse(value));

            (int exitCode, string output, _) = await VerifyAsync(party, "", null, token, PublishedKeys());

            Assert.Equal(1, exitCode);
            Assert.Contains($"[{id}]", output, StringComparison.Ordinal);
            Assert.DoesNotContain(token.Split('.')[2], output, StringComparison.Ordinal);
        }
    }

    /// <summary>Which of two values the party reads is for the check to say.</summary>
    [Fact]
    public async Task A_token_that_can_be_read_in_two_ways_is_compared_with_nothing()
    {
        string payload = System.Buffers.Text.Base64Url.EncodeToString("""{"sub":"a","sub":"b"}"""u8);

        (int exitCode, string output, string error) = await VerifyAsync("aws", "", null, $"eyJhbGciOiJSUzI1NiJ9.{payload}.c2ln", PublishedKeys());

        Assert.Equal((2, ""), (exitCode, output));
        Assert.StartsWith("error: --token: the token has a claim or a member of its header more than once\nhint: find out which one the party takes: issuerctl check ", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("aws", "PS256", "rsa", "token-algorithm")]
    [InlineData("google", "PS256", "rsa", "token-algorithm")]
    [InlineData("kubernetes", "PS256", "rsa", null)]
    [InlineData("aws", "RS256", "switched-too-early", "token-key")]
    public async Task Key_and_algorithm_of_the_token_are_compared(string party, string algorithm, string keyId, string? id)
    {
        (int exitCode, string output, _) = await VerifyAsync(party, "", null, cluster.Mint(Audience(party), algorithm: algorithm, kid: keyId), PublishedKeys());

        Assert.Equal(id is null ? 0 : 1, exitCode);
        Assert.Equal(id is not null, output.Contains($"[{id}]", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("aws", "--provider-file", "no JSON", "--provider-file: found something else, expected a JSON object with Url")]
    [InlineData("aws", "--role-file", "[]", "--role-file: found something else, expected a JSON object with Role")]
    [InlineData("aws", "--role-file", null, "--role-file: is required: the registration as the party's tool prints it")]
    [InlineData("google", "--provider-file", "{\"oidc\":1,\"oidc\":2}", "--provider-file: found something else")]
    [InlineData("google", "--provider-file", null, "--provider-file: is required")]
    [InlineData("kubernetes", "--config-file", "a: [", "--config-file: found something else, expected one YAML document")]
    [InlineData("kubernetes", "--config-file", null, "--config-file: is required: the authentication configuration of the trusting cluster")]
    [InlineData("aws", "--token", "no token", "--token: /")]
    [InlineData("aws", "--published", "{}", "--published: found ")]
    public async Task A_wrong_file_is_named(string party, string option, string? content, string sentence)
    {
        List<string> arguments = [.. await ArgumentsAsync(party, "", null, null, null)];
        int at = arguments.IndexOf(option);
        if (at >= 0)
        {
            arguments.RemoveRange(at, 2);
        }

        if (content is not null)
        {
            string file = Path.Combine(folder.FullName, "wrong");
            await File.WriteAllTextAsync(file, content);
            arguments.AddRange([option, file]);
        }

        (int exitCode, string output, string error) = await Samples.RunAsync(arguments);

        Assert.Equal((2, ""), (exitCode, output));
        Assert.Contains($"error: {sentence}", error, StringComparison.Ordinal);
        Assert.Contains("\nhint: ", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Keys_that_are_needed_and_cannot_be_fetched_end_in_exit_code_3()
    {
        (int exitCode, _, string error) = await Samples.RunAsync([.. await ArgumentsAsync("aws", "", null, Token("aws"), null), "--resolve", "oidc.example.com:443:127.0.0.1"]);

        Assert.Equal(3, exitCode);
        Assert.Contains("--published takes the key set from a file", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("aws")]
    [InlineData("google")]
    [InlineData("kubernetes")]
    public async Task Names_an_address_of_the_issuer_that_had_no_effect(string party)
    {
        (int exitCode, _, string error) = await Samples.RunAsync([.. await ArgumentsAsync(party, "", null, Token(party), PublishedKeys()), "--resolve", "oidc.example.com:443:127.0.0.1"]);

        Assert.Equal(0, exitCode);
        Assert.Equal("warning: --resolve oidc.example.com:443:127.0.0.1 had no effect: this command connected to no such host and port (the issuer is on oidc.example.com:443)\nhint: correct the host and port, or leave the option out\n", error);
    }

    [Fact]
    public async Task Names_a_CA_that_had_no_effect()
    {
        using TestAuthority authority = new();
        string file = Path.Combine(folder.FullName, "roots.pem");
        File.WriteAllText(file, authority.Root.ExportCertificatePem());

        (int exitCode, _, string error) = await Samples.RunAsync([.. await ArgumentsAsync("aws", "", null, Token("aws"), PublishedKeys()), "--ca", file]);

        Assert.Equal((0, $"warning: --ca {file} had no effect: this command connected to no issuer\nhint: leave the option out\n"), (exitCode, error));
    }

    private async Task FindsAsync(string party, string part, string value, string? id, string sentence)
    {
        foreach (string name in (string[])[party, $"{party}-role", $"{party}-rights"])
        {
            if (Changed(name, part, value) is { } changed)
            {
                Validate(await VerifyAsync(party, name, changed), id, sentence);
                return;
            }
        }

        Assert.Fail($"no file has {part}");
    }

    private static void Validate((int ExitCode, string Output, string Error) run, string? id, string sentence)
    {
        bool isError = id is not null && !id.StartsWith('!');
        Assert.Equal((isError ? 1 : 0, ""), (run.ExitCode, run.Error));
        Assert.Contains(sentence, run.Output, StringComparison.Ordinal);
        string[] ids = [.. run.Output.Split('\n').Where(line => line.EndsWith(']') && line[0] is '✗' or '!').Select(line => line[(line.LastIndexOf('[') + 1)..^1])];
        Assert.Equal(id is null ? [] : [id.TrimStart('!')], ids);
    }

    // The member wherever it is, or at the path.
    private static string? Changed(string name, string part, string value)
    {
        if (!File.Exists(Repository.File($"tests/IssuerGateway.Tests/Ctl/Parties/Verification/exports/{name}.json")))
        {
            return null;
        }

        JsonNode root = JsonNode.Parse(Export(name))!;
        string[] path = part.Split('.');
        JsonNode? parent = path[..^1].Aggregate((JsonNode?)root, (node, step) => node?[step]) ?? root;
        JsonObject? owner = path.Length > 1 || part == "disabled" || root[path[^1]] is not null ? parent as JsonObject : root["Role"]?["AssumeRolePolicyDocument"]?["Statement"]?[0] as JsonObject;
        if (owner is null || (owner[path[^1]] is null && part is not ("disabled" or "oidc.jwksJson")) || (part == "disabled" && name != "google"))
        {
            return null;
        }

        owner[path[^1]] = JsonNode.Parse(value);
        return root.ToJsonString();
    }

    private static string Audience(string party) => party switch
    {
        "aws" => "sts.amazonaws.com",
        "google" => "//iam.googleapis.com/projects/123456789012/locations/global/workloadIdentityPools/clusters/providers/shop",
        _ => "other-cluster",
    };

    private string Token(string party) => cluster.Mint(Audience(party));

    private string PublishedKeys() => new JsonObject { ["keys"] = cluster.Keys() }.ToJsonString();

    // The rendered configuration is what a sound one is; the JSON exports have the form of the tools' documentation.
    private static string Export(string name) => File.ReadAllText(Repository.File($"tests/IssuerGateway.Tests/Ctl/Parties/{name switch
    {
        "kubernetes" => "golden/kubernetes.config.yaml",
        "kubernetes-rights" => "golden/kubernetes.rbac.yaml",
        _ => $"Verification/exports/{name}.json",
    }}"));

    private async Task<(int ExitCode, string Output, string Error)> VerifyAsync(string party, string changed, string? content, string? token = null, string? published = null) =>
        await Samples.RunAsync(await ArgumentsAsync(party, changed, content, token, published));

    private async Task<string[]> ArgumentsAsync(string party, string changed, string? content, string? token, string? published)
    {
        async Task<string> FileAsync(string name, string text)
        {
            string file = Path.Combine(folder.FullName, name);
            await File.WriteAllTextAsync(file, text);
            return file;
        }

        async Task<string> ExportAsync(string name) => await FileAsync(name, name == changed ? content! : Export(name));
        string[] files = party switch
        {
            "aws" => ["--provider-file", await ExportAsync("aws"), "--role-file", await ExportAsync("aws-role")],
            "google" => ["--provider-file", await ExportAsync("google"), "--rights-file", await ExportAsync("google-rights")],
            _ => ["--config-file", await ExportAsync("kubernetes"), "--rights-file", await ExportAsync("kubernetes-rights")],
        };
        return
        [
            "trust", "verify", party, .. Samples.Options[party], .. files,
            .. token is null ? [] : (string[])["--token", await FileAsync("token", token)], .. published is null ? [] : (string[])["--published", await FileAsync("published", published)],
        ];
    }
}
