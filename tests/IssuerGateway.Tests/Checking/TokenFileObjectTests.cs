using System.Diagnostics;
using System.Text;
using IssuerGateway.Checking.Tokens;

namespace IssuerGateway.Tests.Checking;

/// <summary>An object in the place of a token: what it is, and the command that makes a token file of it.</summary>
public sealed class TokenFileObjectTests
{
    private const string Create = "kubectl create token SERVICEACCOUNT --namespace NAMESPACE --audience AUDIENCE";
    private const string Whole = "name the file of the token itself: three parts with dots between them";

    private static readonly string good = Recorded.Token("token-azure-demo-exchange-audience");
    private static readonly string encoded = Convert.ToBase64String(Utf8(good));

    /// <summary>JSON and YAML as programs write them, what they are called, and the command that makes a token file of them.</summary>
    public static TheoryData<string, string, string> Objects => new()
    {
        { "a TokenRequest", """{"kind":"TokenRequest","apiVersion":"authentication.k8s.io/v1","status":{"token":"TOKEN"}}""", "extract it: jq -j .status.token < in.json > token.jwt" },
        { "an ExecCredential, as a plugin of kubectl writes it", """{"kind":"ExecCredential","status":{"token":"TOKEN"}}""", "extract it: jq -j .status.token < in.json > token.jwt" },
        { "an ExecCredential, as a plugin of kubectl writes it", """{"kind":"ExecCredential","status":{"token":"k8s-aws-v1.aHR0cHM"}}""", $"its .status.token is not a JWT; create one: {Create}" },
        { "a TokenReview", """{"kind":"TokenReview","spec":{"token":"TOKEN"}}""", "extract it: jq -j .spec.token < in.json > token.jwt" },
        { "a Secret", """{"kind":"Secret","data":{"ca.crt":"LS0t","token":"ENCODED"}}""", "extract it: jq -j '.data.token | @base64d' < in.json > token.jwt" },
        { "a Secret", """{"kind":"Secret","data":{"my.jwt":"ENCODED"}}""", "extract it: jq -j '.data[\"my.jwt\"] | @base64d' < in.json > token.jwt" },
        { "a Secret", """{"kind":"Secret","stringData":{"token":"TOKEN"}}""", "extract it: jq -j .stringData.token < in.json > token.jwt" },
        { "a Secret", """{"kind":"Secret","type":"kubernetes.io/service-account-token","data":{"token":"ENCODED"}}""", $"extract it: jq -j '.data.token | @base64d' < in.json > token.jwt; relying parties reject the token of such a Secret, so create another: {Create}" },
        { "a Secret", """{"kind":"Secret","data":{}}""", $"there is no JWT in it; create one: {Create}" },
        { "a Kubernetes object", """{"kind":"List","items":[{"kind":"Secret","data":{"token":"ENCODED"}}]}""", "extract it: jq -j '.items[0].data.token | @base64d' < in.json > token.jwt" },
        { "a Kubernetes object", """{"kind":"ServiceAccount","metadata":{"name":"web"}}""", $"there is no JWT in it; create one: {Create}" },
        { "an error of the API server (Status)", """{"kind":"Status","message":"serviceaccounts \"web\" not found"}""", "correct what its message says, and request the token again" },
        { "the response of a token endpoint", """{"token_type":"Bearer","access_token":"TOKEN","expires_in":3599}""", "extract it: jq -j .access_token < in.json > token.jwt" },
        { "the response of a token endpoint", """{"id_token":"TOKEN","access_token":"opaque"}""", "extract it: jq -j .id_token < in.json > token.jwt" },
        { "the response of a token endpoint", """{"refresh_token":"TOKEN","id_token":"TOKEN","access_token":"TOKEN"}""", "extract it (others are at .id_token, .refresh_token): jq -j .access_token < in.json > token.jwt" },
        { "the response of a token endpoint", """{"access_token":"opaque"}""", $"its .access_token is not a JWT; create one: {Create}" },
        { "the error of a token endpoint", """{"error":"invalid_client","error_description":"x"}""", "correct what it says, and request the token again" },
        { "a kubeconfig", """{"kind":"Config","users":[{"name":"a","user":{"token":"TOKEN"}}]}""", "extract the token of its user: kubectl config view --raw --minify --kubeconfig in.json -o jsonpath='{.users[0].user.token}' > token.jwt" },
        { "a kubeconfig", """{"kind":"Config","users":[{"name":"a","user":{"tokenFile":"/var/token"}}]}""", "name the file that it has as tokenFile of the user" },
        { "a kubeconfig", """{"kind":"Config","users":[{"name":"a","user":{"exec":{"command":"aws"}}}]}""", "it has no token: kubectl --kubeconfig in.json create token SERVICEACCOUNT --namespace NAMESPACE --audience AUDIENCE" },
        { "a kubeconfig", "apiVersion: v1\nkind: Config\nusers:\n- name: a\n  user:\n    token: TOKEN\n", "extract the token of its user: kubectl config view --raw --minify --kubeconfig in.json -o jsonpath='{.users[0].user.token}' > token.jwt" },
        { "a kubeconfig", "apiVersion: v1\ncurrent-context: a\nusers:\n- user:\n    client-certificate-data: LS0t\n", "it has no token: kubectl --kubeconfig in.json create token SERVICEACCOUNT --namespace NAMESPACE --audience AUDIENCE" },
        { "a kubeconfig", "kind: Config\nusers:\n- user: {}\n  tokenFile: /x\n", "name the file that it has as tokenFile of the user" },
        { "a Secret", "apiVersion: v1\nkind: Secret\ndata:\n  token: ENCODED\n", "extract it: awk '$1 == \"token:\" { printf \"%s\", $2; exit }' < in.json | base64 -d > token.jwt" },
        { "a Secret", "apiVersion: v1\nkind: Secret\ndata:\n  token: \"ENCODED\"\n", "extract it: awk '$1 == \"token:\" { printf \"%s\", $2; exit }' < in.json | tr -d '\\r\\042\\047' | base64 -d > token.jwt" },
        { "a Secret", "apiVersion: v1\nkind: Secret\nstringData:\n  token: 'TOKEN'\r\n", "extract it: awk '$1 == \"token:\" { printf \"%s\", $2; exit }' < in.json | tr -d '\\r\\042\\047' > token.jwt" },
        { "a Secret", "apiVersion: v1\nkind: Secret\ndata:\n  token: ENCODED # of web\n", "extract it: awk '$1 == \"token:\" { printf \"%s\", $2; exit }' < in.json | base64 -d > token.jwt" },
        { "a TokenRequest", "kind: TokenRequest\nstatus:\n  token: TOKEN\n", "extract it: awk '$1 == \"token:\" { printf \"%s\", $2; exit }' < in.json > token.jwt" },
        { "YAML", "apiVersion: v1\nkind: ConfigMap\n", $"there is no JWT in it; create one: {Create}" },
        { "a token in the JSON form of JWS", """{"protected":"eyJhbGciOiJSUzI1NiJ9","payload":"e30","signature":"c2ln"}""", "write it in the compact form: jq -j '.protected + \".\" + .payload + \".\" + .signature' < in.json > token.jwt" },
        { "a token in the JSON form of JWS", """{"payload":"e30","signatures":[{"protected":"eyJhbGciOiJSUzI1NiJ9","signature":"c2ln"}]}""", "write it in the compact form: jq -j '.signatures[0].protected + \".\" + .payload + \".\" + .signatures[0].signature' < in.json > token.jwt" },
        { "an encrypted token (JWE)", """{"protected":"eyJhbGciOiJSU0EtT0FFUCJ9","ciphertext":"YQ"}""", Create },
        { "a token that was decoded", """{"header":{"alg":"RS256"},"payload":{"iss":"x"}}""", Whole },
        { "the claims of a token that was decoded", """{"iss":"https://oidc.example.com","sub":"x","exp":1}""", Whole },
        { "the header of a token that was decoded", """{"alg":"RS256","kid":"a"}""", Whole },
        { "a key (JWK)", """{"kty":"RSA","n":"AQAB","e":"AQAB"}""", "name the file of the token" },
        { "keys (a JWK Set)", """{"keys":[]}""", "name the file of the token" },
        { "a discovery document", """{"issuer":"https://oidc.example.com","jwks_uri":"https://oidc.example.com/openid/v1/jwks"}""", "name the file of the token" },
        { "the configuration of a Google credential", """{"type":"external_account","credential_source":{"file":"/var/token"}}""", "name the file that it has at .credential_source.file" },
        { "the key of a Google service account", """{"type":"service_account","private_key":"x"}""", Create },
        { "JSON", """{"value":"TOKEN","count":1}""", "extract it: jq -j .value < in.json > token.jwt" },
        { "JSON", """{"accessToken":"TOKEN"}""", "extract it: jq -j .accessToken < in.json > token.jwt" },
        { "JSON", """{"a":1}""", $"there is no JWT in it; create one: {Create}" },
        { "a JSON array", """["TOKEN"]""", "extract it: jq -j '.[0]' < in.json > token.jwt" },
    };

    [Theory]
    [MemberData(nameof(Objects))]
    public void Says_what_an_object_is_and_where_its_token_is(string what, string content, string fix)
    {
        string text = content.Replace("TOKEN", good, StringComparison.Ordinal).Replace("ENCODED", encoded, StringComparison.Ordinal);

        Assert.Equal((null, $"the file contains {what}, not a token", fix), TokenInput.Read("in.json", Utf8(text)));
        Assert.Equal((null, $"the file contains {what}, not a token", fix), TokenInput.Read("in.json", Utf8($"\n{text}{new string('\n', 70_000)}")));
    }

    [Theory]
    [InlineData("""{"a":"\ud800"}""")]
    [InlineData("""{"\ud800":"a"}""")]
    [InlineData("""{"kind":"\ud800"}""")]
    [InlineData("""{"kind":"Secret","data":{"token":"\udc00"}}""")]
    [InlineData("{}{}")]
    public void Names_JSON_that_cannot_be_read(string content) =>
        Assert.Equal("the file contains JSON that is cut or damaged, or several JSON texts, and not a token", TokenInput.Read("in.json", Utf8(content)).Cause);

    /// <summary>Any file has a cause or is a token; none is an exception, and none is shown.</summary>
    [Fact]
    public void Any_bytes_have_a_cause()
    {
        const string marks = "{}[]\"':,.\\u=\n -\0";
        Random random = new(20261130);
        byte[][] samples = [.. Objects.Select(row => Utf8(row.Data.Item2.Replace("TOKEN", good, StringComparison.Ordinal).Replace("ENCODED", encoded, StringComparison.Ordinal))), Utf8(good), Utf8(encoded), Encoding.Unicode.GetBytes(good)];
        for (int i = 0; i < 20_000; i++)
        {
            byte[] content = [.. samples[random.Next(samples.Length)]];
            for (int change = random.Next(4); change >= 0 && content.Length > 0; change--)
            {
                int at = random.Next(content.Length);
                content = random.Next(4) switch
                {
                    0 => content[..at],
                    1 => content[at..],
                    2 => [.. content[..at], (byte)random.Next(256), .. content[at..]],
                    _ => [.. content[..at], (byte)marks[random.Next(marks.Length)], .. content[(at + 1)..]],
                };
            }

            (TokenInput? token, string? cause, string? fix) = TokenInput.Read("in.json", content);

            Assert.True(token is null != (cause is null) && cause is null == (fix is null));
            Assert.DoesNotContain(good.Split('.')[2][..20], cause + fix, StringComparison.Ordinal);
        }
    }

    /// <summary>Whoever follows the fix has a token that is accepted without a warning.</summary>
    [Theory]
    [InlineData("""{"kind":"TokenRequest","status":{"token":"TOKEN"}}""")]
    [InlineData("""{"kind":"Secret","data":{"my.jwt":"ENCODED"}}""")]
    [InlineData("""{"access_token":"opaque","id_token":"TOKEN"}""")]
    [InlineData("""{"items":[{"a b'c":"TOKEN"}]}""")]
    [InlineData("kind: Secret\ndata:\n  ca.crt: LS0t\n  token: ENCODED\n")]
    [InlineData("kind: TokenRequest\nstatus:\n  token: TOKEN\n")]
    [InlineData("Bearer TOKEN\n")]
    [InlineData("Authorization: Bearer TOKEN\n")]
    [InlineData("T=TOKEN\n")]
    [InlineData("\"TOKEN\"\n")]
    [InlineData("\u201CTOKEN\u201D\n")]
    [InlineData("ENCODED")]
    [InlineData("WRAPPED")]
    [InlineData("PERCENT")]
    [InlineData("PERCENT\n")]
    [InlineData("PERCENT%0A")]
    [InlineData("%22PERCENT%22")]
    [InlineData("https://app.example.com/callback?t=TOKEN&state=x")]
    [InlineData("kind: Secret\ndata:\n  token: \"ENCODED\" # of web\n")]
    [InlineData("kind: Secret\r\nstringData:\r\n  token: 'TOKEN'\r\n")]
    [InlineData("\uFEFFTOKEN\r\n")]
    [InlineData("""{"access_token":"TOKEN","id_token":"TOKEN"}""")]
    [InlineData("""{"protected":"HEADER","payload":"PAYLOAD","signature":"SIGNATURE"}""")]
    [InlineData("""{"payload":"PAYLOAD","signatures":[{"protected":"HEADER","signature":"SIGNATURE"}]}""")]
    [InlineData("'PERCENT'\n")]
    [InlineData("TOKEN%")]
    [InlineData("# my token\nTOKEN\n")]
    [InlineData("TOKEN\n\n  # eyJ is how it starts\n")]
    [InlineData("# my token\r\nWRAPPED\r\n")]
    [InlineData("// my token\nTOKEN\n")]
    [InlineData("TOKEN # mine\n")]
    [InlineData("TOKEN\nhello\n")]
    [InlineData("Cookie: a=TOKEN")]
    [InlineData("Set-Cookie: a=TOKEN; Path=/; HttpOnly\r\n")]
    [InlineData("> authorization: Bearer TOKEN\n>\n")]
    [InlineData("ENCODED\n")]
    [InlineData("LINES\n")]
    [InlineData("kind: Secret\r\ndata:\r\n  token: ENCODED\r\n")]
    [InlineData("kind: Secret\nstringData:\n  token: none\n---\nkind: Secret\nstringData:\n  token: TOKEN\n")]
    [InlineData("kind: Config\ncurrent-context: a\ncontexts:\n- name: a\n  context: {cluster: a, user: a}\nclusters:\n- name: a\n  cluster: {server: 'https://a.example'}\nusers:\n- name: a\n  user:\n    token: TOKEN\n")]
    public async Task Following_the_fix_makes_a_good_token_file(string content)
    {
        using TemporaryDirectory directory = new();
        foreach (string name in (string[])["in.json", "token.jwt", "it's a file", "-f", "j\u00fcrgen $(touch pwned)\u202e"])
        {
            string file = directory.File(name);
            await File.WriteAllTextAsync(
                file,
                content.Replace("TOKEN", good, StringComparison.Ordinal).Replace("ENCODED", encoded, StringComparison.Ordinal)
                    .Replace("WRAPPED", string.Join('\n', good.Chunk(80).Select(line => new string(line))), StringComparison.Ordinal)
                    .Replace("HEADER", good.Split('.')[0], StringComparison.Ordinal).Replace("PAYLOAD", good.Split('.')[1], StringComparison.Ordinal).Replace("SIGNATURE", good.Split('.')[2], StringComparison.Ordinal)
                    .Replace("LINES", Convert.ToBase64String(Utf8(good + "\n"), Base64FormattingOptions.InsertLineBreaks), StringComparison.Ordinal)
                    .Replace("PERCENT", good.Replace(".", "%2E", StringComparison.Ordinal), StringComparison.Ordinal),
                TestContext.Current.CancellationToken);
            (_, _, string? fix) = TokenInput.Read(name, await File.ReadAllBytesAsync(file, TestContext.Current.CancellationToken));
            string command = fix![(fix!.IndexOf(": ", StringComparison.Ordinal) + 2)..].Split("; in PowerShell: ")[0];
            string path = $"{Environment.GetEnvironmentVariable("PATH")}:{Repository.File("artifacts/tools/bin")}";
            Assert.SkipUnless(!command.StartsWith("kubectl ", StringComparison.Ordinal) || path.Split(':').Any(folder => File.Exists(Path.Combine(folder, "kubectl"))), "needs kubectl (tests/tools/install.sh)");
            using Process shell = Process.Start(new ProcessStartInfo("bash", ["-c", command]) { WorkingDirectory = directory.Path, Environment = { ["PATH"] = path } })!;
            await shell.WaitForExitAsync(TestContext.Current.CancellationToken);

            Assert.Equal(0, shell.ExitCode);
            (TokenInput? token, _, _) = TokenInput.Load(directory.File(name == "token.jwt" ? "token" : "token.jwt"), TextReader.Null);
            Assert.Equal((good, null), (token?.Text, token?.Surplus));
        }
    }

    /// <summary>The encodings of Windows: with a byte order mark and without one.</summary>
    [Theory]
    [InlineData("utf-8", true, "")]
    [InlineData("utf-16", true, "")]
    [InlineData("utf-16BE", true, "")]
    [InlineData("utf-16", false, " -Encoding Unicode")]
    [InlineData("utf-16BE", false, " -Encoding BigEndianUnicode")]
    [InlineData("utf-32", true, " -Encoding UTF32")]
    [InlineData("utf-32BE", true, null)]
    public async Task Following_the_fix_of_another_encoding_makes_a_good_token_file(string name, bool hasMark, string? option)
    {
        using TemporaryDirectory directory = new();
        Encoding encoding = Encoding.GetEncoding(name);
        byte[] content = [.. hasMark ? encoding.GetPreamble() : [], .. encoding.GetBytes(good + "\r\n")];
        await File.WriteAllBytesAsync(directory.File("token"), content, TestContext.Current.CancellationToken);

        string[] fix = TokenInput.Read("token", content).Fix!.Split("; in PowerShell: ");

        Assert.Equal(option is null ? [] : [$"[IO.File]::WriteAllText(\"$PWD/token.jwt\", (Get-Content -Raw{option} -LiteralPath 'token').Trim())"], fix[1..]);
        using Process shell = Process.Start(new ProcessStartInfo("sh", ["-c", fix[0][(fix[0].IndexOf(": ", StringComparison.Ordinal) + 2)..]]) { WorkingDirectory = directory.Path })!;
        await shell.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(good, await File.ReadAllTextAsync(directory.File("token.jwt"), TestContext.Current.CancellationToken));
    }

    [Theory]
    [InlineData("it's")]
    [InlineData("\u2019; rm x; \u2019")]
    [InlineData("a\nb")]
    public void No_command_for_PowerShell_where_a_name_needs_more_than_quotes(string name) =>
        Assert.DoesNotContain("PowerShell: [", TokenInput.Read(name, [0xEF, 0xBB, 0xBF, .. Utf8(good)]).Fix, StringComparison.Ordinal);

    private static byte[] Utf8(string text) => Encoding.UTF8.GetBytes(text);
}
