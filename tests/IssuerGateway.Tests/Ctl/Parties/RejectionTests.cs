namespace IssuerGateway.Tests.Ctl.Parties;

/// <summary>What is wrong with options is said before any text, with exit code 2: option, rule, and who demands it.</summary>
public class RejectionTests
{
    private static readonly string long63 = new('a', 63);

    public static TheoryData<string, string, string?, string> Mistakes => new()
    {
        { "aws", "--issuer", null, "--issuer: is required: the issuer of the cluster's tokens" },
        { "aws", "--issuer", "http://oidc.example.com", "--issuer: found \"http://oidc.example.com\", expected an https URL" },
        { "aws", "--issuer", "https://oidc.example.com:443/shop", "--issuer: found \"https://oidc.example.com:443/shop\", expected an issuer without port (IAM CreateOpenIDConnectProvider)" },
        { "aws", "--issuer", "https://oidc.example.com:8443", "expected an issuer without port (IAM CreateOpenIDConnectProvider)" },
        { "aws", "--issuer", "https://oidc.example.com:8443", "hint: AWS expects the documents on port 443; remove the port" },
        { "aws", "--audience", "a${aws:username}", "--audience: found \"a${aws:username}\", expected an audience without ${ and {{resolve: (IAM policy variables, CloudFormation dynamic references)" },
        { "aws", "--audience", "{{resolve:ssm:x}}", "--audience: found " },
        { "entra-app", "--issuer", "https://kubernetes.default.svc.cluster.local", "expected a host that Entra reaches from the internet" },
        { "entra-app", "--issuer", "https://192.168.1.1", "expected a host that Entra reaches from the internet" },
        { "entra-app", "--audience", "@/etc/passwd", "--audience: found \"@/etc/passwd\", expected 1 to 600 of A-Z a-z 0-9 . _ ~ : / -, the first a letter or digit (Entra, " },
        { "entra-identity", "--audience", "[a,b]", "--audience: found \"[a,b]\", expected 1 to 600 of A-Z a-z 0-9 . _ ~ : / -, the first a letter or digit (Entra, " },
        { "entra-identity", "--audience", new string('a', 601), "expected 1 to 600 of A-Z" },
        { "kubernetes", "--discovery-url", "https://user:password@a/.well-known/openid-configuration", "--discovery-url: found " },
        { "kubernetes", "--discovery-url", "https://a?b=/.well-known/openid-configuration", "expected an https URL without user, query and fragment" },
        { "aws", "--issuer", "https://kubernetes.default.svc.cluster.local", "expected a host that the relying party reaches from the internet" },
        { "entra-identity", "--issuer", "https://10.0.0.1", "expected a host that the relying party reaches from the internet" },
        { "google", "--issuer", "https://kubernetes.default.svc", "expected a host that the relying party reaches from the internet" },
        { "aws", "--issuer", "https://oidc.example.com/" + new string('a', 240), "--issuer: found 265 characters, expected at most 255 characters (IAM CreateOpenIDConnectProvider)" },
        { "entra-identity", "--issuer", "https://oidc.example.com/" + new string('a', 600), "--issuer: found 625 characters, expected at most 600 characters (Entra)" },
        { "aws", "--namespace", "*", "--namespace: found \"*\", expected 1 to 63 of a-z 0-9 -, as Kubernetes allows (RFC 1123 label)" },
        { "vault", "--service-account", "*", "--service-account: found \"*\", expected 1 to 253 of a-z 0-9 - and ., as Kubernetes allows (RFC 1123 subdomain)" },
        { "kubernetes", "--service-account", "shop:admin", "--service-account: found \"shop:admin\"" },
        { "google", "--service-account", "a\n", "--service-account: found \"a?\"" },
        { "aws", "--account", "11112222333", "--account: found \"11112222333\", expected 12 digits (AWS account id)" },
        { "aws", "--role", "shop/admin", "--role: found \"shop/admin\", expected 1 to 64 of A-Z a-z 0-9 _ + = , . @ - (IAM CreateRole)" },
        { "aws", "--region", "Frankfurt", "--region: found \"Frankfurt\"" },
        { "aws", "--policy-arn", "AdministratorAccess", "--policy-arn: found \"AdministratorAccess\", expected the ARN of a policy (IAM AttachRolePolicy)" },
        { "aws", "--policy-arn", "arn:aws-cn:iam::aws:policy/AmazonS3ReadOnlyAccess", "--policy-arn: found \"arn:aws-cn:iam::aws:policy/AmazonS3ReadOnlyAccess\", expected a policy of AWS or of account 111122223333, in the partition aws of --region (IAM AttachRolePolicy)" },
        { "aws", "--policy-arn", "arn:aws:iam::999988887777:policy/shop", "expected a policy of AWS or of account 111122223333, in the partition aws of --region (IAM AttachRolePolicy)" },
        { "google", "--service-account", long63 + "." + long63, "expected at most 127 bytes: 105 for NAMESPACE:NAME (Google, google.subject)" },
        { "google", "--pool", "gcp-pool", "--pool: found \"gcp-pool\", expected 4 to 32 of a-z 0-9 -, not starting with gcp- (Google workload identity pools)" },
        { "google", "--provider", "abc", "--provider: found \"abc\"" },
        { "google", "--uploaded", "/does/not/exist", "--uploaded: found \"/does/not/exist\", expected a file that can be read" },
        { "google", "--google-account", "shop@example.com", "--google-account: found \"shop@example.com\", expected the e-mail address of a service account of Google" },
        { "entra-app", "--client-id", null, "--client-id: is required: the client id of the app or identity, a GUID with hyphens" },
        { "entra-app", "--client-id", "shop", "--client-id: found \"shop\", expected the client id of the app or identity, a GUID with hyphens" },
        { "entra-app", "--allowed-group", "admins", "--allowed-group: found \"admins\", expected the object id of a group, a GUID with hyphens" },
        { "entra-app", "--tenant", "contoso.onmicrosoft.com", "--tenant: found \"contoso.onmicrosoft.com\", expected the tenant id, a GUID with hyphens" },
        { "entra-app", "--issuer", "https://oidc.example.com/?a", "--issuer: found \"https://oidc.example.com/?...\"" },
        { "entra-app", "--host", null, "--host: is required: 1 to 100 host names" },
        { "entra-identity", "--tenant", "contoso.onmicrosoft.com", "--tenant: found \"contoso.onmicrosoft.com\", expected the tenant id, a GUID with hyphens" },
        { "entra-identity", "--credential-name", "a b", "--credential-name: found \"a b\", expected 3 to 120 of A-Z a-z 0-9 _ -, the first a letter or digit (Azure federated credentials)" },
        { "entra-identity", "--cloud", "germany", "--cloud: found \"germany\", expected one of public, usgov, china" },
        { "vault", "--policy", null, "--policy: is required: the name of a policy other than root (Vault policies)" },
        { "vault", "--policy", "root", "--policy: found \"root\", expected the name of a policy other than root (Vault policies)" },
        { "openbao", "--policy", "Root", "--policy: found \"Root\", expected the name of a policy other than root (OpenBao policies)" },
        { "openbao", "--audience", null, "--audience: is required: the audience of the tokens" },
        { "vault", "--path", "auth/jwt/", "--path: found \"auth/jwt/\"" },
        { "openbao", "--role", "../config", "--role: found \"../config\", expected 1 to 128 of A-Z a-z 0-9 _ - (OpenBao, part of a path)" },
        { "kubernetes", "--prefix", "", "--prefix: found \"\", expected 1 to 64 of A-Z a-z 0-9 . _ : / @ -, not empty and not starting with system: (Kubernetes, claimMappings.username.prefix)" },
        { "kubernetes", "--prefix", "system:", "--prefix: found \"system:\"" },
        { "kubernetes", "--own-issuer", null, "--own-issuer: is required: the issuer of the trusting cluster" },
        { "kubernetes", "--own-issuer", "https://oidc.example.com/shop", "--issuer: found \"https://oidc.example.com/shop\", expected an issuer that is none of the trusting cluster's own (Kubernetes, --service-account-issuer)" },
        { "kubernetes", "--discovery-url", "https://oidc.example.com/shop/.well-known/openid-configuration", "--discovery-url: found \"https://oidc.example.com/shop/.well-known/openid-configuration\", expected another URL than that of the issuer (Kubernetes, issuer.discoveryURL)" },
        { "kubernetes", "--issuer-ca", "/does/not/exist", "--issuer-ca: found \"/does/not/exist\", expected a PEM file with certificates" },
    };

    [Theory]
    [MemberData(nameof(Mistakes))]
    public async Task A_mistake_is_named_and_nothing_is_printed(string party, string option, string? value, string sentence)
    {
        foreach (string file in Samples.Formats[party])
        {
            (int exitCode, string output, string error) = await Samples.RunAsync(["trust", "render", party, "--format", file.Split('.')[0], .. Samples.With(party, option, value)]);

            Assert.Equal(2, exitCode);
            Assert.Equal("", output);
            Assert.Contains($"error: {(sentence.StartsWith('-') ? sentence : "")}", error, StringComparison.Ordinal);
            Assert.Contains(sentence, error, StringComparison.Ordinal);
            Assert.Contains("\nhint: ", error, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("entra-app")]
    [InlineData("entra-identity")]
    public async Task A_name_that_follows_from_a_wrong_one_is_not_a_second_mistake(string party)
    {
        (_, _, string error) = await Samples.RunAsync(["trust", "render", party, "--format", "az", .. Samples.With(party, "--namespace", "*")]);

        Assert.DoesNotContain("--credential-name", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("aws")]
    [InlineData("google")]
    [InlineData("vault")]
    [InlineData("openbao")]
    [InlineData("kubernetes")]
    [InlineData("entra-identity")]
    public async Task Everything_that_is_missing_is_said_at_once(string party)
    {
        (int exitCode, _, string error) = await Samples.RunAsync(["trust", "render", party]);

        Assert.Equal(2, exitCode);
        foreach (string option in Samples.Options[party].Where((_, i) => i % 2 == 0).Distinct().Except(["--policy-arn", "--google-account", "--address", "--target-namespace", "--server", "--client-id"]))
        {
            Assert.Contains($"error: {option}: is required: ", error, StringComparison.Ordinal);
        }

        Assert.Contains("error: --format: is required: one of ", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("entra-identity", "--client-id")]
    [InlineData("vault", "--address")]
    [InlineData("kubernetes", "--server")]
    public async Task What_only_the_pod_needs_is_required_of_the_pod_alone(string party, string option)
    {
        string[] without = Samples.With(party, option);

        Assert.Equal(2, (await Samples.RunAsync(["trust", "render", party, "--format", "patch", .. without])).ExitCode);
        Assert.Equal(2, (await Samples.RunAsync(["trust", "render", party, "--format", "configmap", .. without])).ExitCode);
        Assert.Equal(0, (await Samples.RunAsync(["trust", "render", party, "--format", Samples.Formats[party][0].Split('.')[0], .. without])).ExitCode);
    }

    [Theory]
    [InlineData("""{"keys":[{"kty":"RSA","kid":"1","n":"AQAB","e":"AQAB","x5c":[]}]}""", "found members x5c")]
    [InlineData("""{"keys":[{"kty":"RSA","kid":"1","n":"AQAB","e":"AQAB","d":"AQAB"}]}""", "found members d")]
    [InlineData("""{"keys":[{"kty":"RSA","n":"AQAB","e":"AQAB"}]}""", "a key without kid or of another type")]
    [InlineData("""{"keys":[{"kty":"OKP","kid":"1","crv":"Ed25519","x":"AQAB"}]}""", "a key without kid or of another type")]
    [InlineData("""{"keys":[]}""", "found no key")]
    [InlineData("""{"keys":1}""", "found no key set")]
    [InlineData("[]", "found no key set")]
    [InlineData("no JSON", "found no key set")]
    public async Task A_key_set_that_Google_rejects_is_rejected_first(string keys, string sentence)
    {
        string file = Path.GetTempFileName();
        try
        {
            File.WriteAllText(file, keys);

            (int exitCode, _, string error) = await Samples.RunAsync(["trust", "render", "google", "--format", "gcloud", .. Samples.Options["google"], "--uploaded", file]);

            Assert.Equal(2, exitCode);
            Assert.Contains(sentence, error, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(file);
        }
    }
}
