using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using IssuerGateway.Acme;

namespace IssuerGateway.Tls.Serving;

/// <summary>
/// What validators are answered at this moment: readers see one immutable state. Nothing is removed when it was asked
/// for, because CAs validate from several places.
/// </summary>
internal sealed class ChallengeResponses(TimeProvider time)
{
    private readonly Lock gate = new();
    private volatile State state = new([], [], []);

    /// <summary>Whether hellos have to be looked at; most of the time they do not.</summary>
    public bool ExpectsTlsAlpn => state.TlsAlpn.Count > 0;

    public string? ForHttp(string token) => state.Http.GetValueOrDefault(token);

    public SslServerAuthenticationOptions? ForTlsAlpn(string? serverName) =>
        serverName is null ? null : state.TlsAlpn.GetValueOrDefault(ServerName.Ascii(serverName));

    /// <summary>Takes the place of everything that was answered before.</summary>
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
                    .DistinctBy(challenge => challenge.Host).ToDictionary(challenge => challenge.Host, challenge => Options(before, challenge)));
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

    private sealed record State(
        IReadOnlyList<PendingChallenge> Challenges, Dictionary<string, string> Http, Dictionary<string, SslServerAuthenticationOptions> TlsAlpn);
}
