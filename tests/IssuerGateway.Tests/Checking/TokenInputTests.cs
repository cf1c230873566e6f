using System.Text;
using IssuerGateway.Checking.Tokens;

namespace IssuerGateway.Tests.Checking;

/// <summary>A token file as people make it: the cause is named, the token never shown.</summary>
public sealed class TokenInputTests
{
    private static readonly string good = Recorded.Token("token-azure-demo-exchange-audience");

    public static TheoryData<string, byte[]> Files => new()
    {
        { "the file is UTF-16, as PowerShell's > writes it", [.. Encoding.Unicode.GetPreamble(), .. Encoding.Unicode.GetBytes(good)] },
        { "the file is UTF-16, as PowerShell's > writes it", [.. Encoding.BigEndianUnicode.GetPreamble(), .. Encoding.BigEndianUnicode.GetBytes(good)] },
        { "the file is UTF-16, as PowerShell's > writes it", Encoding.Unicode.GetBytes(good) },
        { "the file starts with a byte order mark", [0xEF, 0xBB, 0xBF, .. Encoding.UTF8.GetBytes(good)] },
        { "the file is binary, or not ASCII", [0x1f, 0x8b, 0x08, 0x08, 0xff] },
        { "the file is binary, or not ASCII", Encoding.UTF8.GetBytes(good + "é") },
        { "the file is empty", [] },
        { "the file is empty", "\n \n"u8.ToArray() },
        { "the token is preceded by \"Bearer\"", Utf8($"Bearer {good}") },
        { "the token is preceded by \"Bearer\"", Utf8($"bearer {good}\n") },
        { "the token is preceded by \"Bearer\"", Utf8($"Bearer\t{good}") },
        { "the token is preceded by \"Bearer\"", Utf8($"bearer: {good}") },
        { "the token is preceded by an assignment, as in NAME=TOKEN", Utf8($"TOKEN={good}") },
        { "the token is preceded by an assignment, as in NAME=TOKEN", Utf8($"export TOKEN={good}") },
        { "the payload of the token has a duplicate member", Utf8("eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJhIiwiaXNzIjoiYiJ9.c2ln") },
        { "the payload of the token is a JSON array, expected an object", Utf8("eyJhbGciOiJSUzI1NiJ9.W10.c2ln") },
        { "the payload of the token starts with a byte order mark", Utf8("eyJhbGciOiJSUzI1NiJ9.77u_e30.c2ln") },
        { "the file contains an Authorization header", Utf8($"Authorization: Bearer {good}") },
        { "the token is in quotes", Utf8($"\"{good}\"") },
        { "the token is in quotes", Utf8($"'{good}'\n") },
        { "the file contains JSON, not a token", Utf8("""{"kind":"TokenRequest","status":{"token":"TOKEN"}}""".Replace("TOKEN", good, StringComparison.Ordinal)) },
        { "the file contains YAML, not a token", Utf8($"apiVersion: v1\nkind: Secret\ndata:\n  token: {good}\n") },
        { "the file contains PEM, a key or a certificate, not a token", Utf8("-----BEGIN PRIVATE KEY-----\nMIIB\n-----END PRIVATE KEY-----\n") },
        { "the file contains null, not a token", Utf8("null\n") },
        { "the file contains HTML or XML, not a token", Utf8("<html><body>sign in</body></html>") },
        { "this is a bootstrap token, not the token of a ServiceAccount", Utf8("abcdef.0123456789abcdef\n") },
        { "the file contains several tokens", Utf8($"{good}\n{good}\n") },
        { "the file contains several tokens", Utf8($"{good},{good}") },
        { "the file contains several tokens", Utf8($"{good} {good}") },
        { "the file contains text, not a token", Utf8("error: failed to create token: serviceaccounts \"web\" not found") },
        { "the file contains text, not a token", Utf8("ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABgQC user@host\n") },
        { "the file contains YAML, not a token", Utf8($"---\n# of the cluster\nkind: Config\nusers:\n- user:\n    token: {good}\n") },
        { "the file contains YAML, not a token", Utf8($"clusters:\n- cluster: {{}}\nusers:\n- user:\n    token: {good}\n") },
        { "the file is UTF-16, as PowerShell's > writes it", [.. "\uFFFD\uFFFD"u8, .. Encoding.Unicode.GetBytes(good)] },
        { "the token is broken into several lines", Utf8(good.Insert(70, "\n")) },
        { "there is white space within the token", Utf8(good.Insert(70, " ")) },
        { "the token is percent-encoded", Utf8(good.Replace(".", "%2E", StringComparison.Ordinal)) },
        { "the token is base64-encoded once more, as in the data of a Secret", Utf8(Convert.ToBase64String(Utf8(good))) },
        { "the token is opaque, not a JWT", Utf8("abcdef0123456789") },
        { "the token is encrypted (JWE), not signed", Utf8("eyJhbGciOiJSU0EtT0FFUCJ9.a.b.c.d") },
        { "the token has 2 parts, and a signed JWT has 3", Utf8(string.Join('.', good.Split('.')[..2])) },
        { "a part of the token is empty; its signature may have been removed", Utf8(string.Join('.', good.Split('.')[..2]) + ".") },
        { "the token contains characters that base64url does not have", Utf8(good + "=") },
        { "the token cannot be decoded; part of it is probably missing", Utf8(good[10..]) },
        { "2097152 bytes, and a token has at most 65536", new byte[2_097_152] },
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

    [Fact]
    public void Names_a_file_that_does_not_exist() =>
        Assert.Equal((null, "/nowhere/token does not exist"), (TokenInput.Load("/nowhere/token", TextReader.Null).Token, TokenInput.Load("/nowhere/token", TextReader.Null).Cause));

    [Theory]
    [InlineData("abcdef.0123456789abcdef")]
    [InlineData("ZXlKaGJHY2lPaUpTVXpJMU5pSjkuZXlKcGMzTWlPaUo0SW4wLmMybG4=")]
    [InlineData("0123456789012345678901234567890123456789abc")]
    public void Shows_nothing_that_has_the_shape_of_a_token(string secret) =>
        Assert.Equal("the value is a token, and a file is expected", TokenInput.Load(secret, TextReader.Null).Cause);

    [Fact]
    public void Names_a_folder() => Assert.Equal("/tmp is a folder", TokenInput.Load("/tmp", TextReader.Null).Cause);

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
        Assert.Equal(($"{pipes[0]}: nothing could be read within 1 s: a pipe needs a program that writes the token into it", "name the file of the projected token, or - for standard input"), (cause, fix));

        // On a thread of its own: opening one end waits for the other.
        Task writing = Task.Run(() => File.WriteAllText(pipes[1], good), TestContext.Current.CancellationToken);
        Assert.Equal(good, TokenInput.Load(pipes[1], TextReader.Null).Token?.Text);
        await writing;

        // Lets the thread go that still waits.
        await Task.Run(() => File.WriteAllText(pipes[0], ""), TestContext.Current.CancellationToken);
        Directory.Delete(folder, recursive: true);
    }

    private static byte[] Utf8(string text) => Encoding.UTF8.GetBytes(text);
}
