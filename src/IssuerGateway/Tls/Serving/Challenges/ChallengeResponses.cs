using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using IssuerGateway.Acme;

namespace IssuerGateway.Tls.Serving.Challenges;

/// <summary>
/// What validators get at this moment: readers see one immutable state. Nothing is removed when it was queried
/// for, because CAs validate from several places.
/// </summary>
internal sealed class ChallengeResponses(TimeProvider time)
{
    private readonly Lock gate = new();
    private volatile State state = new([], [], [], []);
    private volatile string? accountThumbprint;

    /// <summary>Whether hellos have to be looked at; most of the time they do not.</summary>
    public bool ExpectsTlsAlpn => state.TlsAlpn.Count > 0;

    public string? ForHttp(string token) => state.Http.GetValueOrDefault(token)
        ?? (accountThumbprint is { } thumbprint && AcmeChallenge.IsToken(token) ? $"{token}.{thumbprint}" : null);

    public SslServerAuthenticationOptions? ForTlsAlpn(string? serverName) =>
        serverName is null ? null : state.TlsAlpn.GetValueOrDefault(ServerName.Ascii(serverName));

    /// <summary>
    /// For a host without a certificate whose HTTP-01 challenge is pending: a validator that a balancer has redirected to
    /// https accepts any certificate (RFC 8555 §8.3), and nothing but the challenge is served on such a connection.
    /// </summary>
    public SslServerAuthenticationOptions? ForRedirectedHttp(string? serverName) =>
        serverName is not null && state.Redirected.TryGetValue(ServerName.Ascii(serverName), out Lazy<SslServerAuthenticationOptions>? options) ? options.Value : null;

    /// <summary>
    /// Responds to every HTTP-01 challenge of one account: the response is the token and the thumbprint of the account's key
    /// (RFC 8555 §8.1), which is of use to nobody without that key. Null: to the pending challenges only.
    /// </summary>
    public void RespondForAccount(string? thumbprint) => accountThumbprint = thumbprint;

    /// <summary>Takes the place of everything that was served before.</summary>
    public void Set(IReadOnlyList<PendingChallenge> challenges)
    {
        lock (gate)
        {
            State before = state;
            if (before.Challenges.SequenceEqual(challenges))
            {
                return;
            }

            state = new State(
                challenges,
                challenges.Where(challenge => challenge.Type == AcmeChallenge.Http01)
                    .DistinctBy(challenge => challenge.Token).ToDictionary(challenge => challenge.Token, challenge => challenge.KeyAuthorization),
                challenges.Where(challenge => challenge.Type == AcmeChallenge.TlsAlpn01)
                    .DistinctBy(challenge => challenge.Host).ToDictionary(challenge => challenge.Host, challenge => Options(before, challenge)),
                challenges.Where(challenge => challenge.Type == AcmeChallenge.Http01)
                    .DistinctBy(challenge => challenge.Host).ToDictionary(challenge => challenge.Host, challenge => new Lazy<SslServerAuthenticationOptions>(() => ThrowAway(challenge.Host))));
        }
    }

    private SslServerAuthenticationOptions Options(State before, PendingChallenge challenge)
    {
        if (before.Challenges.Contains(challenge))
        {
            return before.TlsAlpn[challenge.Host];
        }

        X509Certificate2 certificate = TlsAlpn01Certificate.Create(challenge.Host, challenge.KeyAuthorization, time.GetUtcNow());
        return new SslServerAuthenticationOptions
        {
            ServerCertificateContext = SslStreamCertificateContext.Create(certificate, additionalCertificates: null, offline: true),
            EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,

            // RFC 8737 §3: the server selects this protocol and no other.
            ApplicationProtocols = [new SslApplicationProtocol(TlsAlpn01Certificate.Protocol)],
            AllowRenegotiation = false,
            AllowTlsResume = false,
        };
    }

    private SslServerAuthenticationOptions ThrowAway(string host)
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        SubjectAlternativeNameBuilder names = new();
        names.AddDnsName(host);
        CertificateRequest request = new("CN=ACME challenge", key, HashAlgorithmName.SHA256) { CertificateExtensions = { names.Build() } };
        DateTimeOffset now = time.GetUtcNow();
        return new SslServerAuthenticationOptions
        {
            ServerCertificateContext = SslStreamCertificateContext.Create(request.CreateSelfSigned(now.AddDays(-1), now.AddDays(7)), additionalCertificates: null, offline: true),
            EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
            ApplicationProtocols = [SslApplicationProtocol.Http11],
            AllowRenegotiation = false,
            AllowTlsResume = false,
        };
    }

    private sealed record State(
        IReadOnlyList<PendingChallenge> Challenges,
        Dictionary<string, string> Http,
        Dictionary<string, SslServerAuthenticationOptions> TlsAlpn,
        Dictionary<string, Lazy<SslServerAuthenticationOptions>> Redirected);
}
