using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using IssuerGateway.Cli.Page;
using IssuerGateway.Cli.RunningGateway;
using IssuerGateway.Operations.Page;
using IssuerGateway.Publishing.Reporting;
using Microsoft.AspNetCore.Http;

namespace IssuerGateway.Tests.Cli.Page;

/// <summary>What the page of the operations listener shows, and that no text of others becomes markup.</summary>
public sealed partial class StatusPageTests
{
    [Fact]
    public void Shows_each_issuer_with_keys_servers_certificates_and_findings()
    {
        string page = PageOf(SampleStatus.WithFindings);

        Assert.All(
            [
                "1 issuer is not published", "0.1.0", "2026-11-28 12:00:00 UTC", "content=\"30\"",
                "https://oidc.example.com", "published, with findings", "not published: no valid documents yet",
                "F5FYFiZjrNXR5MtJoHMaJPF8RmXF8yovARSLlOHYc2o", "200 days ago", "safe to sign with in 24 h", "10.0.0.13:6443",
                "60", "5 (expires soon)", "add the intermediate certificates to the file, leaf first",
                "make --service-account-key-file the same on every API server", "docs/troubleshooting/findings.md#servers-differ",
                "last 30 refreshes: 29 accepted from every API server, 1 from some, 0 failed; longest 0.1 s",
            ],
            text => Assert.Contains(text, page, StringComparison.Ordinal));
    }

    [Fact]
    public void Puts_what_needs_attention_first()
    {
        string page = PageOf(SampleStatus.WithFindings);
        int[] places = [.. ((string[])["lab", "edge", "oidc"]).Select(name => page.IndexOf($"<b>https://{name}.example.com</b>", StringComparison.Ordinal))];

        Assert.DoesNotContain(-1, places);
        Assert.Equal(places.Order(), places);
    }

    [Fact]
    public void Encodes_every_text_of_others()
    {
        const string text = SampleStatus.HostileText;
        FindingStatus finding = new("rule", "error", text, text);
        StatusDocument status = SampleStatus.Of(SampleStatus.Issuer(text) with
        {
            PreviousIdentifiers = [text],
            Source = text,
            Keys = [new KeyStatus(text, text, text, null, null, null, null, [new KeyServerStatus(text, "publishes", default, default), new KeyServerStatus(text, "omits", default, default), new KeyServerStatus(text, "silent", default, default)])],
            Servers = [new ServerStatus(text, false, null, [text])],
            Notes = [text],
            Findings = [finding],
        }) with
        {
            Version = text,
            Certificates = [new CertificateStatus(text, null, null, [finding])],
            SeenFromOutside = [new OutsideInStatus(text, SampleStatus.Now, [finding])],
        };

        string page = PageOf(status);

        Assert.True(Regex.Count(page, Regex.Escape("document.title=&#x27;run&#x27;")) >= 20);
        Assert.DoesNotContain("<script", page, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("<img", page, StringComparison.OrdinalIgnoreCase);
        Assert.Single(Regex.Matches(page, "</style>"));
        Assert.All(page, c => Assert.InRange(c, '\n', '~'));
        Assert.DoesNotContain("&#x202E;", page, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("&#x0;", page, StringComparison.Ordinal);
    }

    [Fact]
    public void Bounds_a_text_and_a_table_however_long_they_are()
    {
        IssuerStatus issuer = SampleStatus.Issuer("https://oidc.example.com");
        StatusDocument status = SampleStatus.Of(issuer with
        {
            Keys = [.. Enumerable.Range(0, 5000).Select(i => SampleStatus.Key($"kid-{i}", age: 3))],
            Findings = [.. Enumerable.Range(0, 5000).Select(i => new FindingStatus("kid-conflict", "error", new string('x', 100_000), $"fix {i}"))],
        });

        string page = PageOf(status);

        Assert.InRange(page.Length, 1, 400_000);
        Assert.Contains("4900 more are in <a href=\"/status\">/status</a>", page, StringComparison.Ordinal);
        Assert.Contains("4900 more findings are in", page, StringComparison.Ordinal);
    }

    [Fact]
    public void A_thousand_issuers_are_one_line_each_and_ten_of_them_open()
    {
        string page = PageOf(SampleStatus.Of([.. Enumerable.Range(0, 1000).Select(i => SampleStatus.Issuer($"https://oidc-{i}.example.com"))]));

        Assert.Equal(1000, Regex.Count(page, "<summary>"));
        Assert.Equal(10, Regex.Count(page, "<details open>"));
        Assert.Contains("All 1000 issuers are published", page, StringComparison.Ordinal);
    }

    // Beside what every response of the listener has (OperationsServerTests).
    [Fact]
    public async Task Is_sent_with_a_policy_that_admits_its_style_alone()
    {
        DefaultHttpContext context = new();
        using MemoryStream body = new();
        context.Response.Body = body;

        await PageResponse.WriteAsync(context, StatusPage.Of(SampleStatus.WithFindings, SampleStatus.Now));

        string page = Encoding.UTF8.GetString(body.ToArray());
        string hash = Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(Style().Match(page).Groups[1].Value)));
        Assert.Equal($"default-src 'none'; style-src 'sha256-{hash}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'", context.Response.Headers.ContentSecurityPolicy);
        Assert.Equal(
            [
                ("Content-Type", "text/html; charset=utf-8"), ("Cross-Origin-Opener-Policy", "same-origin"),
                ("Cross-Origin-Resource-Policy", "same-origin"), ("Referrer-Policy", "no-referrer"), ("X-Frame-Options", "DENY"),
            ],
            context.Response.Headers.Where(header => header.Key != "Content-Security-Policy").Select(header => (header.Key, header.Value.ToString())).Order());
    }

    // An attribute would be rejected by the policy, and something from elsewhere would be neither self-contained nor private.
    [Fact]
    public void Has_no_style_attribute_no_handler_and_loads_nothing() =>
        Assert.DoesNotMatch(@"<[^>]+ (?:style|on\w+|src|background)=|@import|url\(", PageOf(SampleStatus.WithFindings));

    [Theory]
    [InlineData(-5, "0 s")]
    [InlineData(119, "119 s")]
    [InlineData(120, "2 min")]
    [InlineData(7199, "119 min")]
    [InlineData(7200, "2 h")]
    [InlineData(172799, "47 h")]
    [InlineData(172800, "2 days")]
    [InlineData(86400 * 4000L, "4000 days")]
    public void Shows_a_span_in_one_unit(long seconds, string text) => Assert.Equal(text, TimeText.Span(TimeSpan.FromSeconds(seconds)));

    [Fact]
    public void An_expired_certificate_is_the_verdict()
    {
        StatusDocument status = SampleStatus.Of(SampleStatus.Issuer("https://oidc.example.com")) with
        {
            Certificates = [new CertificateStatus("oidc.example.com", SampleStatus.Now.AddDays(-91), SampleStatus.Now.AddDays(-3), [])],
        };

        string page = PageOf(status);

        Assert.Contains("1 host has no valid certificate", page, StringComparison.Ordinal);
        Assert.Contains("expired 3 days ago", page, StringComparison.Ordinal);
    }

    private static string PageOf(StatusDocument status) => string.Concat(StatusPage.Of(status, SampleStatus.Now));

    [GeneratedRegex("<style>(.*?)</style>", RegexOptions.Singleline)]
    private static partial Regex Style();
}
