using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;
using IssuerGateway.Acme.Signing;
using IssuerGateway.Tests.Checking;

namespace IssuerGateway.Tests.Ctl.Parties.Drift;

/// <summary><c>issuerctl trust drift PARTY</c>: what a party holds beside what is published, by the key itself and not by its form.</summary>
public sealed class TrustDriftTests : IDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("drift-");
    private readonly RSA first = RSA.Create(2048);
    private readonly RSA second = RSA.Create(2048);
    private readonly ECDsa third = ECDsa.Create(ECCurve.NamedCurves.nistP384);

    public void Dispose()
    {
        folder.Delete(recursive: true);
        first.Dispose();
        second.Dispose();
        third.Dispose();
    }

    [Theory]
    [InlineData("google")]
    [InlineData("vault")]
    [InlineData("openbao")]
    public async Task The_same_keys_in_any_order_are_no_drift(string party)
    {
        (int exitCode, string output, string error) = await DriftAsync(party, Set(Jwk(first, "a"), Jwk(second, "b")), Set(Jwk(second, "b"), Jwk(first, "a")));

        Assert.Equal(("", 0), (error, exitCode));
        Assert.Equal("no drift: the party holds the 2 published keys and no other\n", output);
    }

    [Fact]
    public async Task A_copy_that_was_not_renewed_names_the_key_that_fails_at_the_rotation()
    {
        (int exitCode, string output, _) = await DriftAsync("google", Set(Jwk(first, "old"), Jwk(second, "new")), Set(Jwk(first, "old")));

        Assert.Equal(1, exitCode);
        Assert.StartsWith("drift: new is published, but the party does not hold it: tokens that it signs are rejected\nfix: ", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_key_that_was_withdrawn_is_named()
    {
        (int exitCode, string output, _) = await DriftAsync("vault", Set(Jwk(second, "new")), Set(Jwk(first, "old"), Jwk(second, "new")));

        Assert.Equal(1, exitCode);
        Assert.StartsWith("drift: old is held by the party, but no longer published: tokens that it signs are still accepted\nfix: ", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Another_key_under_the_same_kid_is_named_once()
    {
        (int exitCode, string output, _) = await DriftAsync("google", Set(Jwk(second, "a")), Set(Jwk(first, "a")));

        Assert.Equal(1, exitCode);
        Assert.StartsWith("drift: a is held by the party with other key material than is published under this kid: every signature is rejected\nfix: ", output, StringComparison.Ordinal);
    }

    [Fact] // a party that holds key sets looks a key up by the kid of the token
    public async Task The_same_key_under_another_kid_is_drift()
    {
        (int exitCode, string output, _) = await DriftAsync("google", Set(Jwk(first, "a")), Set(Jwk(first, "b")));

        Assert.Equal(1, exitCode);
        Assert.StartsWith("drift: a is published, but the party does not hold it: tokens that it signs are rejected\ndrift: b is held by the party, but no longer published: ", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Pinned_PEM_keys_and_certificates_are_the_keys_that_they_hold()
    {
        using X509Certificate2 certificate = new CertificateRequest("CN=k", second, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1).CreateSelfSigned(TimeProvider.System.GetUtcNow(), TimeProvider.System.GetUtcNow().AddDays(1));
        string pem = first.ExportRSAPublicKeyPem() + "\n" + certificate.ExportCertificatePem() + "\n" + third.ExportSubjectPublicKeyInfoPem() + "\n";

        Assert.Equal(0, (await DriftAsync("vault", Set(Jwk(first, "a"), Jwk(second, "b"), Jwk(third, "c")), pem)).ExitCode);
        (int exitCode, string output, _) = await DriftAsync("vault", Set(Jwk(first, "a")), third.ExportSubjectPublicKeyInfoPem());
        Assert.Equal(1, exitCode);
        Assert.Contains("drift: a is published", output, StringComparison.Ordinal);
        Assert.Contains("drift: sha256:", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_gcloud_prints_of_the_provider_is_read()
    {
        string printed = new JsonObject { ["name"] = "projects/1", ["oidc"] = new JsonObject { ["jwksJson"] = Set(Jwk(first, "a")) } }.ToJsonString();

        Assert.Equal(0, (await DriftAsync("google", Set(Jwk(first, "a")), printed)).ExitCode);
    }

    [Fact]
    public async Task What_vault_prints_of_pinned_keys_is_read()
    {
        string[] pems = [first.ExportSubjectPublicKeyInfoPem() + "\n", second.ExportSubjectPublicKeyInfoPem()];
        JsonArray list = [.. pems.Select(pem => JsonValue.Create(pem))];
        string published = Set(Jwk(first, "a"), Jwk(second, "b"));

        // vault read -field=jwt_validation_pubkeys, the same with -format=json, and the whole configuration.
        foreach (string printed in (string[])[$"[{string.Join(' ', pems)}]\n", list.ToJsonString(), new JsonObject { ["data"] = new JsonObject { ["jwt_validation_pubkeys"] = list.DeepClone() } }.ToJsonString()])
        {
            Assert.Equal((0, "no drift: the party holds the 2 published keys and no other\n", ""), await DriftAsync("vault", published, printed));
        }
    }

    [Fact]
    public async Task A_leading_zero_and_an_unknown_type_of_key_do_not_disturb()
    {
        JsonObject padded = Jwk(first, "a");
        padded["n"] = System.Buffers.Text.Base64Url.EncodeToString([0, .. first.ExportParameters(false).Modulus!]);
        JsonObject foreign = new() { ["kty"] = "AKP", ["kid"] = "pq", ["pub"] = "AQAB" };

        Assert.Equal(0, (await DriftAsync("google", Set(Jwk(first, "a"), foreign), Set(padded, foreign.DeepClone().AsObject()))).ExitCode);
    }

    [Theory]
    [InlineData("", "no key")]
    [InlineData("{\"keys\":[]}", "no key")]
    [InlineData("{\"keys\":1}", "what is neither a key set nor public keys in PEM")]
    [InlineData("{\"keys\":[{\"kty\":\"RSA\",\"n\":\"!\",\"e\":\"AQAB\"}]}", "what is neither a key set nor public keys in PEM")]
    [InlineData("{\"oidc\":{\"issuerUri\":\"https://oidc.example.com\"}}", "a provider without uploaded keys (oidc.jwksJson): it fetches the published ones")]
    [InlineData("{\"oidc\":{\"jwksJson\":null}}", "a provider without uploaded keys (oidc.jwksJson): it fetches the published ones")]
    [InlineData("{\"oidc\":{\"jwksJson\":5}}", "what is neither a key set nor public keys in PEM")]
    [InlineData("{\"oidc\":\"x\"}", "what is neither a key set nor public keys in PEM")]
    [InlineData("{\"keys\":[1]}", "what is neither a key set nor public keys in PEM")]
    [InlineData("-----BEGIN RSA PRIVATE KEY-----\nAAAA\n-----END RSA PRIVATE KEY-----\n", "what is neither a key set nor public keys in PEM")]
    [InlineData("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n", "what is neither a key set nor public keys in PEM")]
    public async Task What_holds_no_public_keys_is_rejected(string text, string found)
    {
        (int exitCode, string output, string error) = await DriftAsync("google", Set(Jwk(first, "a")), text);

        Assert.Equal((2, ""), (exitCode, output));
        if (text.Length > 0)
        {
            Assert.Contains($"error: --uploaded: found {found}, expected a JWK Set (RFC 7517 §5) or public keys in PEM", error, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task The_published_keys_come_from_one_place()
    {
        string file = Write("uploaded", Set(Jwk(first, "a")));

        (int neither, _, string error) = await Samples.RunAsync(["trust", "drift", "google", "--uploaded", file]);
        (int both, _, _) = await Samples.RunAsync(["trust", "drift", "google", "--uploaded", file, "--published", file, "--issuer", "https://oidc.example.com"]);
        (int missing, _, _) = await Samples.RunAsync(["trust", "drift", "google", "--published", file]);
        (int unreachable, _, string reason) = await Samples.RunAsync(["trust", "drift", "google", "--uploaded", file, "--issuer", "https://oidc.example.com:1", "--resolve", "oidc.example.com:1:127.0.0.1"]);

        Assert.Equal((2, 2, 2, 3), (neither, both, missing, unreachable));
        Assert.Contains("error: --issuer: found neither this nor --published, expected one of --issuer and --published", error, StringComparison.Ordinal);
        Assert.StartsWith("error: https://oidc.example.com:1: ", reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_keys_of_an_issuer_that_DNS_does_not_have_come_from_the_address_of_resolve()
    {
        await using CheckFixture issuer = await CheckFixture.StartAsync();
        issuer.Keys = Set(Jwk(first, "a"));
        string[] line = ["trust", "drift", "google", "--uploaded", Write("uploaded", Set(Jwk(first, "a"))), "--issuer", issuer.Issuer, "--ca", Write("ca.pem", issuer.Authority.Root.ExportCertificatePem())];
        string entry = $"{CheckFixture.Host}:{issuer.Port}:127.0.0.1";

        Assert.Equal((0, "no drift: the party holds the 1 published key and no other\n", ""), await Samples.RunAsync([.. line, "--resolve", entry]));
        issuer.Keys = Set(Jwk(second, "a"));
        (int drifted, string output, string warning) = await Samples.RunAsync([.. line, "--resolve", entry, "--resolve", "elsewhere.example.test:443:127.0.0.1"]);
        (int unresolved, _, string error) = await Samples.RunAsync(line);

        Assert.Equal((1, 3), (drifted, unresolved));
        Assert.StartsWith("drift: a is held by the party with other key material", output, StringComparison.Ordinal);
        Assert.StartsWith("warning: --resolve elsewhere.example.test:443:127.0.0.1 had no effect", warning, StringComparison.Ordinal);
        Assert.StartsWith($"error: {issuer.Issuer}: ", error, StringComparison.Ordinal);
    }

    private Task<(int ExitCode, string Output, string Error)> DriftAsync(string party, string published, string uploaded) =>
        Samples.RunAsync(["trust", "drift", party, "--uploaded", Write("uploaded", uploaded), "--published", Write("published", published)]);

    private string Write(string name, string text)
    {
        string file = Path.Combine(folder.FullName, name);
        File.WriteAllText(file, text);
        return file;
    }

    private static string Set(params JsonObject[] keys) => new JsonObject { ["keys"] = new JsonArray([.. keys.Select(key => key.DeepClone())]) }.ToJsonString();

    private static JsonObject Jwk(RSA key, string kid) => new()
    {
        ["kty"] = "RSA", ["kid"] = kid, ["use"] = "sig",
        ["n"] = System.Buffers.Text.Base64Url.EncodeToString(key.ExportParameters(false).Modulus!), ["e"] = System.Buffers.Text.Base64Url.EncodeToString(key.ExportParameters(false).Exponent!),
    };

    private static JsonObject Jwk(ECDsa key, string kid) => new()
    {
        ["kty"] = "EC", ["kid"] = kid, ["crv"] = "P-384",
        ["x"] = System.Buffers.Text.Base64Url.EncodeToString(key.ExportParameters(false).Q.X!), ["y"] = System.Buffers.Text.Base64Url.EncodeToString(key.ExportParameters(false).Q.Y!),
    };
}
