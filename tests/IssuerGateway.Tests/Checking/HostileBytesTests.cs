using System.IO.Compression;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;
using IssuerGateway.Base;
using IssuerGateway.Checking;
using IssuerGateway.Checking.Reports;

namespace IssuerGateway.Tests.Checking;

/// <summary>Servers that speak HTTP or TLS in bad faith: each is one finding, in bounded time, and nothing of it reaches a terminal.</summary>
public sealed class HostileBytesTests
{
    private const string Head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n";

    public static TheoryData<string, string> Responses => new()
    {
        { "a header of 1 MB", "http-headers-large" },
        { "headers without end", "http-headers-large" },
        { "a million headers", "http-headers-large" },
        { "a header byte now and then", "http-timeout" },
        { "a status line without end", "http-headers-large" },
        { "no HTTP", "http-failed" },
        { "chunk extensions without end", "http-failed" },
        { "a chunk size without end", "http-failed" },
        { "a chunk that is no number", "http-failed" },
        { "a chunk without its line end", "http-failed" },
        { "a chunk that never ends", "http-timeout" },
        { "the end of TLS within the headers, and the connection left open", "http-failed" },
        { "the end of TLS within the body, and the connection left open", "http-failed" },
        { "frames of HTTP/2", "http-failed" },
        { "trailers without end", "http-headers-large" },
        { "a length beyond all numbers", "http-failed" },
        { "two lengths", "http-failed" },
        { "a cut response", "http-failed" },
        { "JSON without end", "http-too-large" },
        { "10 MB", "http-too-large" },
        { "a byte now and then", "http-timeout" },
        { "interim responses without end", "http-headers-large" },
        { "nothing", "http-timeout" },
        { "a gzip bomb", "content-encoding" },
        { "brotli that is none", "content-encoding" },
        { "gzip that is cut", "content-encoding" },
        { "nesting without end", "discovery-malformed" },
        { "a member twice", "discovery-malformed" },
        { "a member twice, deep inside", "discovery-malformed" },
        { "unpaired surrogate", "discovery-malformed" },
        { "bytes that are not UTF-8", "discovery-malformed" },
        { "two documents", "discovery-malformed" },
        { "an empty body", "discovery-malformed" },
        { "NaN", "discovery-malformed" },
    };

    [Theory]
    [MemberData(nameof(Responses))]
    public async Task Is_one_finding(string response, string rule)
    {
        await using RawIssuer issuer = new((stream, stop) => WriteAsync(response, stream, stop));

        CheckReport report = await issuer.CheckAsync(TimeSpan.FromSeconds(rule == "http-timeout" ? 6 : 30));

        Assert.Equal([rule], report.Findings.Where(finding => finding.Severity == IssuerGateway.Issuers.Severity.Error).Select(finding => finding.Id));
        Assert.All(report.Steps.Where(step => step.Step is "jwks" or "caching"), step => Assert.NotEqual(StepOutcome.Failed, step.Outcome));
        AssertPrintable(report);
    }

    [Theory]
    [InlineData("TLS that hangs")]
    [InlineData("plain HTTP")]
    [InlineData("an SSH banner")]
    [InlineData("a TLS alert")]
    [InlineData("a record of 16 KB that never ends")]
    [InlineData("a record byte by byte")]
    [InlineData("the end of the connection, half of it")]
    public async Task Is_a_failed_handshake(string server)
    {
        await using RawIssuer issuer = new((stream, stop) => WriteRawAsync(server, stream, stop), useTls: false);

        CheckReport report = await issuer.CheckAsync(TimeSpan.FromSeconds(20));

        Assert.Equal(["tls-failed"], report.Findings.Select(finding => finding.Id));

        // Of what only takes longer than this program waits nobody knows that Entra does not wait longer.
        Assert.Equal(server is "TLS that hangs" or "a record of 16 KB that never ends" or "a record byte by byte" ? Verdict.MightReject : Verdict.Rejects, report.VerdictOf(report.Parties[0]));
        Assert.All(report.Steps.Where(step => step.Step is "discovery" or "jwks" or "caching"), step => Assert.Equal((StepOutcome.Skipped, "no trusted TLS connection"), (step.Outcome, step.Summary)));
    }

    /// <summary>Whoever is large for one party is decoded by another (Go's net/http), and that too has an end.</summary>
    [Fact]
    public async Task A_gzip_bomb_is_no_verdict_for_who_decodes_it()
    {
        await using RawIssuer issuer = new((stream, stop) => WriteAsync("a gzip bomb", stream, stop));

        CheckReport report = await issuer.CheckAsync(TimeSpan.FromSeconds(30), "vault");

        Assert.Equal(["http-too-large"], report.Findings.Select(finding => finding.Id));
        Assert.EndsWith("more than 262144 bytes when it is decoded", report.Findings.Single().Found, StringComparison.Ordinal);
        Assert.Equal(Verdict.Unknown, report.VerdictOf(report.Parties[0]));
    }

    /// <summary>RFC 9110 §15.2: any number of interim responses may come before the response.</summary>
    [Fact]
    public async Task Reads_past_a_few_interim_responses()
    {
        await using RawIssuer issuer = new((stream, stop) => SendAsync(stream, $"{string.Concat(Enumerable.Repeat("HTTP/1.1 103 Early Hints\r\nLink: </\u001b[2J>\r\n\r\n", 8))}{Head}Content-Length: 2\r\n\r\n{{}}", stop));

        CheckReport report = await issuer.CheckAsync(TimeSpan.FromSeconds(30));

        Assert.Contains("issuer-missing", report.Findings.Select(finding => finding.Id));
        AssertPrintable(report);
    }

    /// <summary>RFC 9110 §8.6: several lengths that are the same are one.</summary>
    [Fact]
    public async Task Reads_a_length_that_is_there_twice()
    {
        await using RawIssuer issuer = new((stream, stop) => SendAsync(stream, Head + "Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}", stop));

        Assert.Contains("issuer-missing", (await issuer.CheckAsync(TimeSpan.FromSeconds(30))).Findings.Select(finding => finding.Id));
    }

    [Fact]
    public async Task Any_alert_is_a_failed_handshake_with_its_number()
    {
        foreach (byte alert in (byte[])[0, 20, 22, 40, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51, 70, 71, 80, 86, 90, 109, 110, 112, 113, 115, 116, 120, 255])
        {
            await using RawIssuer issuer = new((stream, stop) => stream.WriteAsync(new byte[] { 21, 3, 3, 0, 2, 2, alert }, stop).AsTask(), useTls: false);

            CheckReport report = await issuer.CheckAsync(TimeSpan.FromSeconds(20));

            CheckFinding finding = Assert.Single(report.Findings);
            Assert.Equal("tls-failed", finding.Id);
            Assert.True(finding.Found.Contains($"alert {alert}", StringComparison.Ordinal) || finding.Found.EndsWith("closed the connection during the handshake", StringComparison.Ordinal), finding.Found);
        }
    }

    [Theory]
    [InlineData("x\u001b[2Jred\u001b]0;t\u0007")]
    [InlineData("\u202Egnirts \u200B")]
    [InlineData("\"; $(reboot) `id`")]
    public async Task Shows_no_escape_of_a_certificate(string name)
    {
        await using CheckFixture issuer = await CheckFixture.StartAsync(authority => authority.LeafOfName(name));

        CheckReport report = await issuer.CheckAsync();

        Assert.Equal(["tls error tls-name-mismatch"], CheckFixture.Rules(report));
        AssertPrintable(report);
        Assert.DoesNotContain("reboot", report.Findings.Single().Fix, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Content-Type: \u001b]0;owned\u0007\u001b[2Japplication/json")]
    [InlineData("Location: https://\u001b[2J@evil.example/")]
    [InlineData("Cache-Control: max-age=99999999999999999999")]
    [InlineData("Date: \u001b[31mnever")]
    public async Task Shows_no_escape_of_a_header(string header)
    {
        foreach (string status in (string[])["200 OK", "302 \u001b[31mFound"])
        {
            await using RawIssuer issuer = new((stream, stop) => SendAsync(stream, $"HTTP/1.1 {status}\r\n{header}\r\nContent-Length: 2\r\n\r\n{{}}", stop));

            AssertPrintable(await issuer.CheckAsync(TimeSpan.FromSeconds(10), "vault"));
        }
    }

    private static void AssertPrintable(CheckReport report)
    {
        string text = string.Join('\n', new TextReport(report, isQuiet: false, "here").Lines()) + JsonReport.Of(report, "here");
        Assert.DoesNotContain(text, c => char.IsControl(c) && c != '\n');
        StringWriter output = new();
        new Terminal(output, TextWriter.Null).PrintText(text);
        Assert.Equal(text + "\n", output.ToString());
    }

    private static async Task WriteAsync(string response, Stream stream, CancellationToken stop)
    {
        switch (response)
        {
            case "a header of 1 MB": await SendAsync(stream, $"{Head}X: {new string('a', 1 << 20)}\r\n\r\n{{}}", stop); break;
            case "a million headers":
                await SendAsync(stream, Head, stop);
                for (int i = 0; i < 1000; i++)
                {
                    await SendAsync(stream, string.Concat(Enumerable.Range(0, 1000).Select(j => $"X-{i}-{j}: y\r\n")), stop);
                }

                await SendAsync(stream, "\r\n", stop);
                break;
            case "a header byte now and then":
                foreach (char c in $"{Head}X: {new string('a', 1000)}\r\n\r\n")
                {
                    await SendAsync(stream, c.ToString(), stop);
                    await Task.Delay(TimeSpan.FromMilliseconds(100), stop);
                }

                break;
            case "a chunk without its line end": await SendAsync(stream, Head + "Transfer-Encoding: chunked\r\n\r\n2\r\n{}0\r\n\r\n", stop); break;
            case "a chunk that never ends": await SendAsync(stream, Head + "Transfer-Encoding: chunked\r\n\r\n7fffffff\r\n{}", stop); await Task.Delay(Timeout.Infinite, stop); break;
            case "the end of TLS within the headers, and the connection left open": await SendAsync(stream, Head, stop); await ((SslStream)stream).ShutdownAsync(); await Task.Delay(Timeout.Infinite, stop); break;
            case "the end of TLS within the body, and the connection left open": await SendAsync(stream, Head + "Content-Length: 9\r\n\r\n{}", stop); await ((SslStream)stream).ShutdownAsync(); await Task.Delay(Timeout.Infinite, stop); break;
            case "frames of HTTP/2": await stream.WriteAsync(new byte[] { 0, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0, 8, 7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1 }, stop); break;
            case "brotli that is none": await SendAsync(stream, $"{Head}Content-Encoding: br\r\nContent-Length: 12\r\n\r\n\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff", stop); break;
            case "gzip that is cut": await SendAsync(stream, $"{Head}Content-Encoding: gzip\r\nContent-Length: 4\r\n\r\n\u001f\u008b\u0008\u0000", stop); break;
            case "headers without end": await ForeverAsync(stream, Head, i => $"X-{i}: y\r\n", stop); break;
            case "a status line without end": await ForeverAsync(stream, "HTTP/1.1 200 ", _ => new string('a', 1000), stop); break;
            case "no HTTP": await SendAsync(stream, "SSH-2.0-OpenSSH_9.9\r\n\r\n", stop); break;
            case "chunk extensions without end": await ForeverAsync(stream, Head + "Transfer-Encoding: chunked\r\n\r\n1;", _ => new string('a', 1000), stop); break;
            case "a chunk size without end": await ForeverAsync(stream, Head + "Transfer-Encoding: chunked\r\n\r\n", _ => new string('0', 1000), stop); break;
            case "a chunk that is no number": await SendAsync(stream, Head + "Transfer-Encoding: chunked\r\n\r\n-1\r\n{}\r\n0\r\n\r\n", stop); break;
            case "trailers without end": await ForeverAsync(stream, Head + "Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n", i => $"X-{i}: {new string('y', 500)}\r\n", stop); break;
            case "a length beyond all numbers": await SendAsync(stream, Head + "Content-Length: 99999999999999999999999\r\n\r\n{}", stop); break;
            case "two lengths": await SendAsync(stream, Head + "Content-Length: 2\r\nContent-Length: 200\r\n\r\n{}", stop); break;
            case "a cut response": await SendAsync(stream, Head + "Content-Length: 200\r\n\r\n{}", stop); break;
            case "JSON without end": await ForeverAsync(stream, Head + "\r\n[", _ => "[[[[[[[[[[", stop); break;
            case "10 MB": await SendAsync(stream, $"{Head}Content-Length: {10 << 20}\r\n\r\n{new string(' ', 10 << 20)}", stop); break;
            case "a byte now and then":
                await SendAsync(stream, Head + "Content-Length: 1000\r\n\r\n", stop);
                while (true)
                {
                    await SendAsync(stream, " ", stop);
                    await Task.Delay(TimeSpan.FromMilliseconds(200), stop);
                }

            case "interim responses without end": await ForeverAsync(stream, "", _ => "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n", stop); break;
            case "nothing": await Task.Delay(Timeout.Infinite, stop); break;
            case "a gzip bomb":
                using (MemoryStream packed = new())
                {
                    await using (GZipStream gzip = new(packed, CompressionLevel.SmallestSize, leaveOpen: true))
                    {
                        await gzip.WriteAsync(new byte[50 << 20], stop);
                    }

                    await SendAsync(stream, $"{Head}Content-Encoding: gzip\r\nContent-Length: {packed.Length}\r\n\r\n", stop);
                    await stream.WriteAsync(packed.ToArray(), stop);
                }

                break;
            case "nesting without end": await BodyAsync(stream, string.Concat(Enumerable.Repeat("{\"a\":", 40_000)), stop); break;
            case "a member twice": await BodyAsync(stream, """{"issuer":"https://a","issuer":"https://issuer.example.test"}""", stop); break;
            case "a member twice, deep inside": await BodyAsync(stream, """{"issuer":"https://issuer.example.test","a":[{"b":{"c":1,"c":2}}]}""", stop); break;
            case "unpaired surrogate": await BodyAsync(stream, """{"issuer":"\ud800"}""", stop); break;
            case "bytes that are not UTF-8": await SendAsync(stream, Head + "Content-Length: 14\r\n\r\n{\"issuer\":\"", stop); await stream.WriteAsync(new byte[] { 0xC0, 0x22, 0x7D }, stop); break;
            case "two documents": await BodyAsync(stream, "{}{}", stop); break;
            case "an empty body": await BodyAsync(stream, "", stop); break;
            case "NaN": await BodyAsync(stream, """{"issuer":NaN}""", stop); break;
        }
    }

    private static async Task WriteRawAsync(string server, Stream stream, CancellationToken stop)
    {
        switch (server)
        {
            case "TLS that hangs": await Task.Delay(Timeout.Infinite, stop); break;
            case "plain HTTP": await SendAsync(stream, "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n", stop); break;
            case "an SSH banner": await SendAsync(stream, "SSH-2.0-\u001b[2J\r\n", stop); break;
            case "a TLS alert": await stream.WriteAsync(new byte[] { 21, 3, 3, 0, 2, 2, 40 }, stop); break;
            case "a record byte by byte":
                foreach (byte b in (byte[])[22, 3, 3, 0x3F, 0xFF, 2, 0, 0x3F, 0xFB, .. new byte[1000]])
                {
                    await stream.WriteAsync(new byte[] { b }, stop);
                    await Task.Delay(TimeSpan.FromMilliseconds(200), stop);
                }

                break;
            case "the end of the connection, half of it": ((NetworkStream)stream).Socket.Shutdown(SocketShutdown.Send); await Task.Delay(Timeout.Infinite, stop); break;
            case "a record of 16 KB that never ends": await stream.WriteAsync(new byte[] { 22, 3, 3, 0x40, 0, 2, 0, 0x3F, 0xFC }, stop); await Task.Delay(Timeout.Infinite, stop); break;
        }
    }

    private static Task BodyAsync(Stream stream, string body, CancellationToken stop) => SendAsync(stream, $"{Head}Content-Length: {Encoding.UTF8.GetByteCount(body)}\r\n\r\n{body}", stop);

    private static async Task ForeverAsync(Stream stream, string first, Func<int, string> next, CancellationToken stop)
    {
        await SendAsync(stream, first, stop);
        for (int i = 0; ; i++)
        {
            await SendAsync(stream, next(i), stop);
        }
    }

    private static async Task SendAsync(Stream stream, string text, CancellationToken stop) => await stream.WriteAsync(Encoding.Latin1.GetBytes(text), stop);
}
