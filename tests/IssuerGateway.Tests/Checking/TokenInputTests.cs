using System.Buffers.Text;
using System.Text;
using IssuerGateway.Checking.Tokens;

namespace IssuerGateway.Tests.Checking;

/// <summary>A token file as people make it: the cause is named, the token never shown.</summary>
public sealed class TokenInputTests
{
    private const string Extract = "write only the token: grep -o 'eyJ[A-Za-z0-9._-]*' < a | tr -d '\\n' > token.jwt";

    private static readonly string good = Recorded.Token("token-azure-demo-exchange-audience");

    public static TheoryData<string, byte[]> Files => new()
    {
        { "the file is UTF-16, as PowerShell's > writes it", [.. Encoding.Unicode.GetPreamble(), .. Encoding.Unicode.GetBytes(good)] },
        { "the file is UTF-16, as PowerShell's > writes it", [.. Encoding.BigEndianUnicode.GetPreamble(), .. Encoding.BigEndianUnicode.GetBytes(good)] },
        { "the file is UTF-16, as PowerShell's > writes it", Encoding.Unicode.GetBytes(good) },
        { "the file starts with a byte order mark", [0xEF, 0xBB, 0xBF, .. Encoding.UTF8.GetBytes(good)] },
        { "the file is UTF-16, as PowerShell's > writes it", [0, .. Encoding.Unicode.GetBytes(good)[..^1]] },
        { "the file is UTF-32", [.. Encoding.UTF32.GetPreamble(), .. Encoding.UTF32.GetBytes(good)] },
        { "the file is empty but for a byte order mark", Encoding.Unicode.GetPreamble() },
        { "the file is empty but for a byte order mark", [.. Encoding.Unicode.GetPreamble(), .. Encoding.Unicode.GetBytes("\r\n")] },
        { "the file is empty but for a byte order mark", [0xEF, 0xBB, 0xBF] },
        { "the file contains only zero bytes, as after a crash or on a full disk", new byte[100] },
        { "the file contains only zero bytes, as after a crash or on a full disk", new byte[100_000] },
        { "the file contains a zero byte, as after a crash or on a full disk", new byte[1] },
        { "the file is binary, or not ASCII", [.. Utf8(good), .. new byte[100]] },
        { "the file is binary, or not ASCII", [1, 0, 2, 0, 3, 0] },
        { "the file is binary, or not ASCII", [0x7F, 0x45, 0x4C, 0x46, 0xFF] },
        { "the file is binary, or not ASCII", Utf8("é") },
        { "the file is compressed (gzip)", [0x1f, 0x8b, 0x08, 0x08, 0xff] },
        { "the file is compressed (zip)", [0x50, 0x4B, 3, 4, 0xff] },
        { "the file is compressed (zstd)", [0x28, 0xB5, 0x2F, 0xFD, 0] },
        { "the file is DER, a key or a certificate, not a token", [0x30, 0x82, 0x04, 0xA2, 2, 1, 0] },
        { "the file has characters beside the token that are not ASCII, such as typographic quotes or a space without width", Utf8(good + "é") },
        { "the file has characters beside the token that are not ASCII, such as typographic quotes or a space without width", Utf8($"\u201C{good}\u201D\n") },
        { "the file has characters beside the token that are not ASCII, such as typographic quotes or a space without width", Utf8($"\u200B{good}") },
        { "the file contains control characters, such as the colors of a terminal", Utf8($"\u001b[0;32m\"{good}\"\u001b[0m\n") },
        { "the file is empty", [] },
        { "the file contains only white space", "\n \n"u8.ToArray() },
        { "the file contains only white space", Utf8(new string('\n', 100_000)) },
        { "the token is preceded by \"Bearer\"", Utf8($"Bearer {good}") },
        { "the token is preceded by \"Bearer\"", Utf8($"bearer {good}\n") },
        { "the token is preceded by \"Bearer\"", Utf8($"Bearer\t{good}") },
        { "the token is preceded by \"Bearer\"", Utf8($"bearer: {good}") },
        { "the token is preceded by an assignment, as in NAME=TOKEN", Utf8($"TOKEN={good}") },
        { "the token is preceded by an assignment, as in NAME=TOKEN", Utf8($"export TOKEN={good}") },
        { "the payload of the token is a JSON array, expected an object", Utf8("eyJhbGciOiJSUzI1NiJ9.W10.c2ln") },
        { "the payload of the token has bytes that are not UTF-8", Utf8("eyJhbGciOiJSUzI1NiJ9." + Base64Url.EncodeToString([.. "{\"a\":\""u8, 0xFF, .. "\"}"u8]) + ".c2ln") },
        { "the payload of the token is nested more than 16 levels deep at line 1, byte 20", Utf8("eyJhbGciOiJSUzI1NiJ9." + Base64Url.EncodeToString("{\"a\":[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]}"u8) + ".c2ln") },
        { "the payload of the token starts with a byte order mark", Utf8("eyJhbGciOiJSUzI1NiJ9.77u_e30.c2ln") },
        { "the file contains an Authorization header", Utf8($"Authorization: Bearer {good}") },
        { "the file contains an Authorization header", Utf8("Authorization: Basic YTpi") },
        { "the file contains an Authorization header", Utf8($"proxy-authorization: {good}\n# of the proxy") },
        { "the file contains a Cookie header", Utf8($"Cookie: a={good}") },
        { "the file contains a Cookie header", Utf8($"Set-Cookie: a={good}; Path=/; HttpOnly\r\n") },
        { "the file has a comment beside the token", Utf8($"# my token\n{good}\n") },
        { "the file has a comment beside the token", Utf8($"{good}\n  # my token\n") },
        { "the file has other text beside the token", Utf8($"// my token\n{good}\n") },
        { "the file has other text beside the token", Utf8($"{good} # mine\n") },
        { "the file has other text beside the token", Utf8($"{good}\nhello\n") },
        { "the file has other text beside the token", Utf8($"my token\n{good.Insert(70, "\n")}\n") },
        { "the token is followed by %, with which zsh marks that there is no newline", Utf8($"{good}%") },
        { "the token is in quotes", Utf8($"\"{good}\"") },
        { "the token is in quotes", Utf8($"'{good}'\n") },
        { "the file contains a Secret, not a token", Utf8($"apiVersion: v1\nkind: Secret\ndata:\n  token: {good}\n") },
        { "the file contains YAML, not a token", Utf8($"apiVersion: v1\nkind: ConfigMap\ndata:\n  a: b\n") },
        { "the file contains a private key (PEM), not a token", Utf8("-----BEGIN PRIVATE KEY-----\nMIIB\n-----END PRIVATE KEY-----\n") },
        { "the file contains a private key (PEM), not a token", Utf8("-----BEGIN EC PRIVATE KEY-----\nMIIB\n-----END EC PRIVATE KEY-----\n") },
        { "the file contains a public key (PEM), not a token", Utf8("-----BEGIN PUBLIC KEY-----\nMIIB\n-----END PUBLIC KEY-----\n") },
        { "the file contains a certificate (PEM), not a token", Utf8($"# of the cluster\n{string.Concat(Enumerable.Repeat("-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n", 2000))}") },
        { "the file contains PEM, a key or a certificate, not a token", Utf8("-----BEGIN PGP MESSAGE-----\n\nhQ\n-----END PGP MESSAGE-----\n") },
        { "the file contains null, not a token", Utf8("null\n") },
        { "the file contains HTML or XML, not a token", Utf8("<html><body>sign in</body></html>") },
        { "this is a bootstrap token, not the token of a ServiceAccount", Utf8("abcdef.0123456789abcdef\n") },
        { "the file contains several tokens", Utf8($"{good}\n{good}\n") },
        { "the file contains several tokens", Utf8($"{good},{good}") },
        { "the file contains several tokens", Utf8($"{good},\n{good}") },
        { "the file contains several tokens", Utf8($"a={good};b={good}") },
        { "the file contains several tokens", Utf8($"a={good}; b={good}") },
        { "the file contains several tokens", Utf8($"{good} {good}") },
        { "the file contains text, not a token", Utf8("error: failed to create token: serviceaccounts \"web\" not found") },
        { "the file contains text, not a token", Utf8("ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABgQC user@host\n") },
        { "the file contains a kubeconfig, not a token", Utf8($"---\n# of the cluster\nkind: Config\nusers:\n- user:\n    token: {good}\n") },
        { "the file contains a kubeconfig, not a token", Utf8($"clusters:\n- cluster: {{}}\nusers:\n- user:\n    token: {good}\n") },
        { "the file contains text, not a token", Utf8("[user@host ~]$ kubectl create token web") },
        { "the file contains JSON that is cut or damaged, or several JSON texts, and not a token", Utf8("""{"kind":"TokenRequest","status":""") },
        { "the file is UTF-16, as PowerShell's > writes it", [.. "\uFFFD\uFFFD"u8, .. Encoding.Unicode.GetBytes(good)] },
        { "the token is broken into several lines", Utf8(good.Insert(70, "\n")) },
        { "there is white space within the token", Utf8(good.Insert(70, " ")) },
        { "the token is percent-encoded", Utf8(good.Replace(".", "%2E", StringComparison.Ordinal)) },
        { "the token is base64-encoded once more, as in the data of a Secret", Utf8(Convert.ToBase64String(Utf8(good))) },
        { "the token is base64-encoded once more, as in the data of a Secret", Utf8(Convert.ToBase64String(Utf8(good), Base64FormattingOptions.InsertLineBreaks)) },
        { "the token is opaque, not a JWT", Utf8("abcdef0123456789") },
        { "the token is within a URL", Utf8($"https://x/?t={good}") },
        { "the file contains a URL, not a token", Utf8("https://oidc.example.com/openid/v1/jwks") },
        { "the token is encrypted (JWE), not signed", Utf8("eyJhbGciOiJSU0EtT0FFUCJ9.a.b.c.d") },
        { "the token has 2 parts, and a signed JWT has 3", Utf8(string.Join('.', good.Split('.')[..2])) },
        { "a part of the token is empty; its signature may have been removed", Utf8(string.Join('.', good.Split('.')[..2]) + ".") },
        { "the token contains characters that base64url does not have", Utf8(good + "=") },
        { "the token cannot be decoded; part of it is probably missing", Utf8(good[10..]) },
        { "the file has more than 65536 bytes, and a token has fewer", Utf8(new string('a', 2_097_152)) },
    };

    [Theory]
    [MemberData(nameof(Files))]
    public void Names_the_cause_and_shows_nothing(string cause, byte[] content)
    {
        (TokenInput? token, string? found, string? fix) = TokenInput.Read("token.jwt", content);

        Assert.Null(token);
        Assert.Equal(cause, found);
        Assert.NotEmpty(fix!);
        Assert.All(good.Split('.'), part => Assert.DoesNotContain(part[..20], found + fix, StringComparison.Ordinal));
    }

    /// <summary>A command that would write something else than the token is worse than none.</summary>
    [Theory]
    [InlineData("Authorization: Basic YTpi", "there is no JWT in it; create one: kubectl create token SERVICEACCOUNT --namespace NAMESPACE --audience AUDIENCE")]
    [InlineData("Cookie: a=TOKEN; b=TOKEN", "write one token into it; --token can be repeated, with a file each")]
    [InlineData("my token:\nBROKEN", "write only the token into it, on one line")]
    [InlineData("Bearer BROKEN", "write only the token into it, on one line")]
    [InlineData("T=PERCENT", "write only the token into it, on one line")]
    [InlineData("curl -H \"Authorization: Bearer TOKEN\" https://api.example.com", Extract)]
    [InlineData("curl https://api.example.com -d 'token=TOKEN'", Extract)]
    [InlineData("2026-11-28T12:00:00Z INFO sending TOKEN to sts", Extract)]
    [InlineData("2026-11-28T12:00:00Z INFO token=TOKEN", Extract)]
    [InlineData("2026-11-28 TOKEN", Extract)]
    [InlineData("sent TOKEN 17", Extract)]
    [InlineData("export TOKEN_OF_WEB=\"TOKEN\"", Extract)]
    [InlineData("export TOKEN_OF_WEB='TOKEN'\n", Extract)]
    [InlineData("T=\"TOKEN\"", Extract)]
    [InlineData("T='TOKEN'", Extract)]
    [InlineData("$token = \"TOKEN\"", Extract)]
    [InlineData("[credentials]\ntoken = TOKEN\n", Extract)]
    [InlineData("[credentials]\ntoken=TOKEN\nregion=eu\n", Extract)]
    [InlineData("[credentials]\ntoken = TOKEN\nregion = eu\n", Extract)]
    public void Suggests_no_command_that_writes_something_else(string content, string fix) =>
        Assert.Equal(fix, TokenInput.Read("a", Utf8(content.Replace("TOKEN_OF_WEB", "WEB", StringComparison.Ordinal).Replace("TOKEN", good, StringComparison.Ordinal).Replace("BROKEN", good.Insert(good.Length - 20, "\n"), StringComparison.Ordinal).Replace("PERCENT", good.Replace(".", "%2E", StringComparison.Ordinal), StringComparison.Ordinal))).Fix);

    [Fact]
    public void Of_standard_input_the_cause_and_the_fix_name_no_file()
    {
        (_, string? cause, string? fix) = TokenInput.Load("-", new StringReader($$$"""{"kind":"TokenRequest","status":{"token":"{{{good}}}"}}"""));

        Assert.Equal(("standard input contains a TokenRequest, not a token", "extract it: pipe it through jq -j .status.token"), (cause, fix));
        Assert.Equal("standard input is empty", TokenInput.Load("-", TextReader.Null).Cause);
        Assert.Equal("standard input: the token is in quotes", TokenInput.Load("-", new StringReader($"'{good}'")).Cause);
        Assert.Equal("standard input has more than 65536 bytes, and a token has fewer", TokenInput.Load("-", new StringReader(new string('a', 3_000_000))).Cause);
    }

    [Theory]
    [InlineData("", null)]
    [InlineData("\n", "ends with a newline")]
    [InlineData("\r\n", "ends with a newline")]
    [InlineData("\n\n", "ends with a newline")]
    [InlineData(" ", "has white space around the token")]
    [InlineData("\t\n", "has white space around the token")]
    public void Accepts_a_token_and_notes_what_is_around_it(string end, string? surplus)
    {
        (TokenInput? token, string? cause, _) = TokenInput.Read("token.jwt", Utf8(good + end));

        Assert.Null(cause);
        Assert.Equal((good, surplus), (token!.Text, token.Surplus));
    }

    /// <summary>Some parties accept it, so it is validated.</summary>
    [Fact]
    public void Takes_a_token_with_a_claim_that_is_there_twice() =>
        Assert.NotNull(TokenInput.Read("a", Utf8("eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJhIiwiaXNzIjoiYiJ9.c2ln")).Token);

    [Fact]
    public void Names_a_file_that_does_not_exist() =>
        Assert.Equal((null, "/nowhere/token does not exist"), (TokenInput.Load("/nowhere/token", TextReader.Null).Token, TokenInput.Load("/nowhere/token", TextReader.Null).Cause));

    [Theory]
    [InlineData("abcdef.0123456789abcdef")]
    [InlineData("ZXlKaGJHY2lPaUpTVXpJMU5pSjkuZXlKcGMzTWlPaUo0SW4wLmMybG4=")]
    [InlineData("0123456789012345678901234567890123456789abc")]
    [InlineData("EwBopaqueGraphToken0123456789")]
    [InlineData("EwBwA8l6BAAUs5+HQn0N/h2Fo0Yv1Jm2GkKq5+xQAAAVt3+Zb7oY9/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA0b9Q==")]
    [InlineData("hvs.CAESIJ0123456789abcdefghij")]
    [InlineData("s.abcdefghijklmnopqrstuvwx")]
    [InlineData("ya29.a0AfH6SMBx0123456789abcdefg")]
    public void Shows_nothing_that_has_the_shape_of_a_token(string secret) =>
        Assert.Equal("the value is a token, and a file is expected", TokenInput.Load(secret, TextReader.Null).Cause);

    /// <summary>Nor a name, a path or an id, in which somebody has to find a mistake.</summary>
    [Theory]
    [InlineData("token-azure-demo-exchange-audience")]
    [InlineData("Clusters/Prod2026/rootTokensOfShop")]
    [InlineData("/home/Joe2/tokens/AzureIdentityToken")]
    [InlineData("99999999-2222-3333-4444-55555555abCD")]
    [InlineData("gateway.internalclusteridentity")]
    [InlineData("AzureIdentityToken2026.jwt")]
    public void Shows_what_is_no_token(string path) => Assert.Equal($"{path} does not exist", TokenInput.Load(path, TextReader.Null).Cause);

    [Fact]
    public void Names_a_folder_and_the_token_in_it()
    {
        using TemporaryDirectory directory = new();
        string folder = directory.Path;

        Assert.Equal((null, $"{folder} is a folder", "name the file of the projected token, or - for standard input"), TokenInput.Load(folder, TextReader.Null));
        File.WriteAllText(directory.File("azure-identity-token"), good);
        Assert.Equal((null, $"{folder} is a folder", $"name the file in it: --token {folder}/azure-identity-token"), TokenInput.Load(folder, TextReader.Null));
    }

    [Theory]
    [InlineData("/dev/null", "the file is empty")]
    [InlineData("/dev/zero", "is larger than 2097152 bytes, and a token has at most 65536")]
    public void Reads_a_device_within_bounds(string device, string cause) => Assert.EndsWith(cause, TokenInput.Load(device, TextReader.Null).Cause, StringComparison.Ordinal);

    [Fact]
    public void Never_shows_a_token_that_stands_in_place_of_its_file()
    {
        (TokenInput? token, string? cause, string? fix) = TokenInput.Load(good, TextReader.Null);

        Assert.Null(token);
        Assert.Equal("the value is a token, and a file is expected", cause);
        Assert.All(good.Split('.'), part => Assert.DoesNotContain(part, cause + fix, StringComparison.Ordinal));
    }

    [Fact]
    public void Reads_standard_input_whose_newline_hurts_nobody()
    {
        (TokenInput? token, _, _) = TokenInput.Load("-", new StringReader(good + "\n"));

        Assert.Equal((good, null), (token!.Text, token.Surplus));
    }

    [Fact]
    public async Task Waits_for_a_pipe_that_somebody_writes_into_and_not_without_limit_for_another()
    {
        string folder = Directory.CreateTempSubdirectory("issuer-gateway-pipe-").FullName;
        string[] pipes = [Path.Combine(folder, "silent"), Path.Combine(folder, "written")];
        using (System.Diagnostics.Process make = System.Diagnostics.Process.Start("mkfifo", pipes))
        {
            await make.WaitForExitAsync(TestContext.Current.CancellationToken);
        }

        (TokenInput? token, string? cause, string? fix) = TokenInput.Load(pipes[0], TextReader.Null, TimeSpan.FromSeconds(1));

        Assert.Null(token);
        Assert.Equal(($"{pipes[0]}: nothing could be read within 1 s: a pipe needs a program that writes into it", "name the file of the projected token, or - for standard input"), (cause, fix));

        // On a thread of its own: opening one end waits for the other.
        Task writing = Task.Run(() => File.WriteAllText(pipes[1], good), TestContext.Current.CancellationToken);
        Assert.Equal(good, TokenInput.Load(pipes[1], TextReader.Null).Token?.Text);
        await writing;

        // Lets the thread go that still waits.
        await Task.Run(() => File.WriteAllText(pipes[0], ""), TestContext.Current.CancellationToken);
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public void Does_not_wait_without_limit_for_standard_input()
    {
        using OpenInput input = new();

        Assert.Equal((null, "standard input has not ended within 1 s", "pipe the token into it, or name the file of the token"), TokenInput.Load("-", input, TimeSpan.FromSeconds(1)));
    }

    private static byte[] Utf8(string text) => Encoding.UTF8.GetBytes(text);

    /// <summary>What nobody writes into or closes before the test ends.</summary>
    private sealed class OpenInput : TextReader
    {
        private readonly ManualResetEventSlim end = new();

        public override int ReadBlock(char[] buffer, int index, int count)
        {
            end.Wait(TestContext.Current.CancellationToken);
            return 0;
        }

        // The event itself is left to its reader.
        protected override void Dispose(bool disposing)
        {
            end.Set();
            base.Dispose(disposing);
        }
    }
}
