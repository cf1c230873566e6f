using System.Buffers.Text;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using IssuerGateway.Kubernetes.Documents;
using IssuerGateway.Upstream;

namespace IssuerGateway.Tests.Upstream;

public sealed class PublicKeySourceTests : IDisposable
{
    private const string Hint = "give the public key: openssl pkey -in sa.key -pubout -out sa.pub";

    private readonly TemporaryDirectory directory = new();

    public void Dispose() => directory.Dispose();

    [Theory]
    [InlineData("jwks-one-rsa", "discovery-default-jwks-uri", "https://issuer.example.test", "https://192.0.2.10:6443/openid/v1/jwks")]
    [InlineData("jwks-two-rsa-rotated", "discovery-path-issuer", "https://issuer.example.test/clusters/a", "https://192.0.2.10:6443/openid/v1/jwks")]
    [InlineData("jwks-two-rsa-one-ec", "discovery-public-jwks-uri-rs256-es256", "https://issuer.example.test", "https://issuer.example.test/openid/v1/jwks")]
    public async Task Makes_of_the_recorded_keys_what_the_API_server_made_of_them(string keySet, string discovery, string issuer, string jwksUri)
    {
        string[] files = [.. RecordedPems(keySet).Select((pem, i) => Write($"{i}.pub", pem))];

        DocumentPair documents = Assert.Single(await new PublicKeySource(files, issuer, jwksUri).FetchAsync(CancellationToken.None)).Documents!;

        Assert.Equal(Encoding.UTF8.GetString(Recorded.Body(keySet)), Encoding.UTF8.GetString(documents.KeySet.Span));
        Assert.Equal(Encoding.UTF8.GetString(Recorded.Body(discovery)), Encoding.UTF8.GetString(documents.Discovery.Span));
        Assert.Null(documents.MaxAge);
    }

    [Fact]
    public async Task Takes_many_keys_of_one_file_in_their_order_and_the_same_key_once()
    {
        string[] pems = RecordedPems("jwks-two-rsa-one-ec");
        string file = Write("sa.pub", $"a comment\n{pems[0]}\n{pems[1]}\n-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n{pems[0]}\n{pems[2]}\n");

        Assert.Equal(Recorded.Body("jwks-two-rsa-one-ec"), (await DocumentsOf(file)).KeySet.ToArray());
    }

    [Fact]
    public async Task The_kind_of_PEM_block_does_not_matter()
    {
        using RSA rsa = RSA.Create(2048);
        CertificateRequest request = new("CN=sa", rsa, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        DateTimeOffset now = TimeProvider.System.GetUtcNow();
        using X509Certificate2 certificate = request.CreateSelfSigned(now, now.AddDays(1));

        byte[] expected = (await DocumentsOf(Write("a", rsa.ExportSubjectPublicKeyInfoPem()))).KeySet.ToArray();

        Assert.Equal(expected, (await DocumentsOf(Write("b", rsa.ExportRSAPublicKeyPem()))).KeySet.ToArray());
        Assert.Equal(expected, (await DocumentsOf(Write("c", certificate.ExportCertificatePem()))).KeySet.ToArray());
    }

    [Theory]
    [InlineData("nistP256", "P-256", "ES256", 43)]
    [InlineData("nistP384", "P-384", "ES384", 64)]
    [InlineData("nistP521", "P-521", "ES512", 88)]
    public async Task Writes_both_coordinates_in_the_full_length_of_the_curve(string curve, string crv, string alg, int length)
    {
        using ECDsa key = ECDsa.Create(ECCurve.CreateFromFriendlyName(curve));

        using JsonDocument set = JsonDocument.Parse((await DocumentsOf(Write("ec.pub", key.ExportSubjectPublicKeyInfoPem()))).KeySet);

        JsonElement jwk = set.RootElement.GetProperty("keys")[0];
        Assert.Equal(["use", "kty", "kid", "crv", "alg", "x", "y"], jwk.EnumerateObject().Select(member => member.Name));
        Assert.Equal((crv, alg), (jwk.GetProperty("crv").GetString(), jwk.GetProperty("alg").GetString()));
        Assert.Equal((length, length), (jwk.GetProperty("x").GetString()!.Length, jwk.GetProperty("y").GetString()!.Length));
    }

    [Theory]
    [InlineData("PRIVATE KEY")]
    [InlineData("RSA PRIVATE KEY")]
    [InlineData("EC PRIVATE KEY")]
    [InlineData("ENCRYPTED PRIVATE KEY")]
    public async Task A_private_key_is_a_fault_even_beside_a_public_one_and_damaged(string label)
    {
        string file = Write("sa.key", $"{RecordedPems("jwks-one-rsa")[0]}\n-----BEGIN {label}-----\nsecret, and no base64");

        Assert.Equal(
            new FetchFault("private-key-block", $"{file}: holds a PRIVATE KEY block, expected public keys only", $"remove it from this machine, and {Hint}"),
            await FaultOf(file));
    }

    [Theory]
    [InlineData("", "no PUBLIC KEY, RSA PUBLIC KEY or CERTIFICATE block")]
    [InlineData("ssh-rsa AAAA", "no PUBLIC KEY, RSA PUBLIC KEY or CERTIFICATE block")]
    [InlineData("-----BEGIN PUBLIC KEY-----\nAAAA\n", "a PEM block is damaged")]
    [InlineData("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n", "a PUBLIC KEY block cannot be parsed")]
    [InlineData("-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----\n",
        "a CERTIFICATE REQUEST block that is no RSA key and no EC key on P-256, P-384 or P-521")]
    [InlineData("-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\n-----END PUBLIC KEY-----\n",
        "a PUBLIC KEY block that is no RSA key and no EC key on P-256, P-384 or P-521")]
    public async Task What_is_no_public_key_is_a_fault(string content, string message)
    {
        string file = Write("sa.pub", content);

        Assert.Equal(new FetchFault("public-key-invalid", $"{file}: {message}", Hint), await FaultOf(file));
    }

    [Fact]
    public async Task A_missing_file_is_a_fault()
    {
        Assert.Equal(
            new FetchFault("file-missing", $"{directory.File("absent")}: no such file", "correct Upstream:PublicKeyFiles, or put the file there"),
            await FaultOf(directory.File("absent")));
    }

    [Theory]
    [InlineData("https://a.example/b", "\"https://a.example/b\"")]
    [InlineData("a<b>&c", "\"a\\u003cb\\u003e\\u0026c\"")]
    [InlineData("'+/=ü", "\"'+/=ü\"")]
    [InlineData("\"\\\b\f\n\r\t\u0001\u2028\u2029", "\"\\\"\\\\\\b\\f\\n\\r\\t\\u0001\\u2028\\u2029\"")]
    public void Texts_are_escaped_as_Go_does(string text, string json) => Assert.Equal(json, GoJson.Quote(text));

    private static async Task<DocumentPair> DocumentsOf(string file) =>
        Assert.Single(await new PublicKeySource([file], "https://a.example", "https://a.example/openid/v1/jwks").FetchAsync(CancellationToken.None)).Documents!;

    private static async Task<FetchFault> FaultOf(string file) =>
        Assert.Single(await new PublicKeySource([file], "https://a.example", "").FetchAsync(CancellationToken.None)).Fault!;

    private static string[] RecordedPems(string name)
    {
        using JsonDocument set = JsonDocument.Parse(Recorded.Body(name));
        return [.. set.RootElement.GetProperty("keys").EnumerateArray().Select(PemOf)];
    }

    private static string PemOf(JsonElement jwk)
    {
        byte[] Bytes(string member) => Base64Url.DecodeFromChars(jwk.GetProperty(member).GetString());
        if (jwk.GetProperty("kty").GetString() == "RSA")
        {
            using RSA rsa = RSA.Create(new RSAParameters { Modulus = Bytes("n"), Exponent = Bytes("e") });
            return rsa.ExportSubjectPublicKeyInfoPem();
        }

        using ECDsa ec = ECDsa.Create(new ECParameters { Curve = ECCurve.NamedCurves.nistP256, Q = new ECPoint { X = Bytes("x"), Y = Bytes("y") } });
        return ec.ExportSubjectPublicKeyInfoPem();
    }

    private string Write(string name, string content)
    {
        File.WriteAllText(directory.File(name), content);
        return directory.File(name);
    }
}
