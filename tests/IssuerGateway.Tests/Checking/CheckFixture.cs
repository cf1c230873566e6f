using System.Net;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using IssuerGateway.Checking.Fetching.Routing;
using IssuerGateway.Checking;
using IssuerGateway.Checking.Fetching;
using IssuerGateway.Checking.Rules;
using IssuerGateway.Checking.Tokens;
using IssuerGateway.Issuers;
using IssuerGateway.Kubernetes.Documents;
using IssuerGateway.Tests.Issuers;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.DependencyInjection;

namespace IssuerGateway.Tests.Checking;

/// <summary>An issuer on a real TLS listener that a test makes misbehave, and a check of it.</summary>
internal sealed class CheckFixture : IAsyncDisposable
{
    public const string Host = "issuer.example.test";

    private readonly WebApplication app;

    private CheckFixture(WebApplication app, TestAuthority authority)
    {
        this.app = app;
        Authority = authority;
        Port = app.Port();
        Discovery = $$"""{"issuer":"{{Issuer}}","jwks_uri":"{{Issuer}}/openid/v1/jwks","response_types_supported":["id_token"],"subject_types_supported":["public"],"id_token_signing_alg_values_supported":["RS256"]}""";
    }

    public TestAuthority Authority { get; }

    /// <summary>The certificate of the listener.</summary>
    public X509Certificate2 Leaf { get; private init; } = null!;

    public int Port { get; }

    public string Issuer => $"https://{Host}:{Port}";

    public string Discovery { get; set; }

    public string Keys { get; set; } = Encoding.UTF8.GetString(Recorded.Body("jwks-one-rsa"));

    /// <summary>Responds instead of the issuer where it returns true.</summary>
    public Func<HttpContext, Task<bool>> Misbehave { get; set; } = _ => Task.FromResult(false);

    public static async Task<CheckFixture> StartAsync(Func<TestAuthority, X509Certificate2>? leaf = null, bool sendIntermediate = true, IPEndPoint? at = null, Action<SslServerAuthenticationOptions>? restrict = null, HttpProtocols? protocols = null)
    {
        TestAuthority authority = new();
        X509Certificate2 certificate = leaf?.Invoke(authority) ?? authority.Leaf(Host);
        SslStreamCertificateContext context = SslStreamCertificateContext.Create(certificate, sendIntermediate ? [authority.Intermediate] : [], offline: true);
        CheckFixture? fixture = null;
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration().ConfigureKestrel(kestrel => kestrel.Listen(at ?? new IPEndPoint(IPAddress.Loopback, 0), listen =>
        {
            listen.Protocols = protocols ?? listen.Protocols;
            listen.UseHttps(new TlsHandshakeCallbackOptions
            {
                OnConnection = _ =>
                {
                    SslServerAuthenticationOptions options = new() { ServerCertificateContext = context, EnabledSslProtocols = SslProtocols.None };
                    restrict?.Invoke(options);
                    return ValueTask.FromResult(options);
                },
            });
        }));
        WebApplication app = builder.Build();
        app.Run(http => fixture!.RespondAsync(http));
        await app.StartAsync();
        return fixture = new CheckFixture(app, authority) { Leaf = certificate };
    }

    public CheckRequest Request(string? issuer = null, string? token = null, string[]? profiles = null) => new()
    {
        Issuer = Build.Identifier(issuer ?? Issuer),
        Parties = [.. (profiles ?? ["entra"]).Select(name => RelyingParty.Find(name)!)],
        Tokens = token is null ? [] : [new TokenInput { Name = "token.jwt", Text = token }],
        Overrides = new ConnectionOverrides { Resolve = [new ResolveEntry(Host, Port, [IPAddress.Loopback])], Roots = [Authority.Root] },
    };

    /// <summary>The verdict of each party: accepts, rejects, ? for might reject, - for none.</summary>
    public static string Letters(CheckReport report) => string.Join(' ', report.Parties.Select(party => report.VerdictOf(party) switch
    {
        Verdict.Accepts => 'A',
        Verdict.Rejects => 'R',
        Verdict.MightReject => '?',
        _ => '-',
    }));

    public Task<CheckReport> CheckAsync(CheckRequest? request = null, IDocumentSource? upstream = null) =>
        new IssuerCheck(request ?? Request(), upstream, exchange: null, TimeProvider.System).RunAsync(CancellationToken.None);

    /// <summary>Step, severity and rule of every finding, for example <c>jwks error key-set-empty</c>.</summary>
    public static string[] Rules(CheckReport report) =>
        [.. report.Steps.SelectMany(step => step.Findings.Select(finding => $"{step.Step} {finding.Severity.ToString().ToLowerInvariant()} {finding.Id}"))];

    public async ValueTask DisposeAsync()
    {
        await app.StopAsync(new CancellationToken(canceled: true));
        await app.DisposeAsync();
        Authority.Dispose();
    }

    private async Task RespondAsync(HttpContext http)
    {
        if (await Misbehave(http))
        {
            return;
        }

        bool isDiscovery = http.Request.Path == "/.well-known/openid-configuration";
        byte[] body = Encoding.UTF8.GetBytes(isDiscovery ? Discovery : Keys);
        http.Response.ContentType = isDiscovery ? "application/json" : "application/jwk-set+json";
        http.Response.ContentLength = body.Length;
        http.Response.Headers.CacheControl = "public, max-age=300";
        await http.Response.Body.WriteAsync(body);
    }
}
