using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.IdentityModel.Tokens;

namespace IssuerGateway.Tests.Ctl.EntraApp;

/// <summary>A public issuer in a real Kestrel with a certificate for any of its names; its responses can be changed.</summary>
internal sealed partial class IssuerStandIn : IAsyncDisposable
{
    public const string Identifier = "https://oidc.example.com";

    private readonly WebApplication app;
    private readonly X509Certificate2 certificate = SelfSigned();

    private IssuerStandIn()
    {
        app = LoopbackApp.Build(certificate);
        app.Run(RespondAsync);
    }

    public Dictionary<string, (int Status, string Body)> Responses { get; } = [];

    /// <summary>The Authorization header of the last request.</summary>
    public string? Authorization { get; private set; }

    /// <summary>What a redirect points at.</summary>
    public string? Location { get; set; }

    public int Port { get; private set; }

    public string CertificatePem => certificate.ExportCertificatePem();

    public static async Task<IssuerStandIn> StartAsync()
    {
        IssuerStandIn standIn = new();
        await standIn.app.StartAsync();
        standIn.Port = standIn.app.Port();
        standIn.Publish(Identifier, Keys(RsaKey("key-1")));
        return standIn;
    }

    public void Publish(string issuer, string keys, string? keySetUri = null, string extra = "")
    {
        string uri = WithPort(keySetUri ?? issuer.TrimEnd('/') + "/openid/v1/jwks");
        Responses["/.well-known/openid-configuration"] = (200,
            $$"""{"issuer":"{{WithPort(issuer)}}","jwks_uri":"{{uri}}","response_types_supported":["id_token"],"subject_types_supported":["public"],"id_token_signing_alg_values_supported":["RS256"]{{extra}}}""");
        Responses["/openid/v1/jwks"] = (200, keys);
    }

    public static string Keys(params string[] keys) => $$"""{"keys":[{{string.Join(",", keys)}}]}""";

    public static string RsaKey(string keyId)
    {
        using RSA rsa = RSA.Create(2048);
        RSAParameters parameters = rsa.ExportParameters(includePrivateParameters: false);
        return $$"""{"use":"sig","kty":"RSA","kid":"{{keyId}}","alg":"RS256","n":"{{Base64UrlEncoder.Encode(parameters.Modulus)}}","e":"AQAB"}""";
    }

    /// <summary>Tests speak of the issuer without the port that the system chose; the program must be given it.</summary>
    public string WithPort(string text) => Hosts().Replace(text, $"$0:{Port}");

    public string WithoutPort(string text) => text.Replace($".example.com:{Port}", ".example.com", StringComparison.Ordinal);

    public async ValueTask DisposeAsync()
    {
        await app.DisposeAsync();
        certificate.Dispose();
    }

    private Task RespondAsync(HttpContext context)
    {
        if (!Responses.TryGetValue(context.Request.Path.Value!, out (int Status, string Body) response))
        {
            response = (404, "");
        }

        Authorization = context.Request.Headers.Authorization;
        context.Response.StatusCode = response.Status;
        context.Response.ContentType = context.Request.Path.Value == "/openid/v1/jwks" ? "application/jwk-set+json" : "application/json";
        context.Response.ContentLength = System.Text.Encoding.UTF8.GetByteCount(response.Body);
        context.Response.Headers.CacheControl = "public, max-age=300";
        if (Location is not null && response.Status is >= 300 and < 400)
        {
            context.Response.Headers.Location = Location;
        }

        return context.Response.WriteAsync(response.Body);
    }

    /// <summary>For every name of the stand-ins, and localhost.</summary>
    public static X509Certificate2 SelfSigned()
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        CertificateRequest request = new("CN=stand-in issuer", key, HashAlgorithmName.SHA256);
        SubjectAlternativeNameBuilder names = new();
        names.AddDnsName("oidc.example.com");
        names.AddDnsName("keys.example.com");
        names.AddDnsName("localhost");
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, false, 0, critical: true));
        using X509Certificate2 certificate = request.CreateSelfSigned(DateTimeOffset.UnixEpoch, new DateTimeOffset(2100, 1, 1, 0, 0, 0, TimeSpan.Zero));
        return X509CertificateLoader.LoadPkcs12(certificate.Export(X509ContentType.Pkcs12), null);
    }

    [GeneratedRegex(@"https://(oidc|OIDC|keys|elsewhere)\.example\.com")]
    private static partial Regex Hosts();
}
