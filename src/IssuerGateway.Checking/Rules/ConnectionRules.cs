using IssuerGateway.Issuers;
using static IssuerGateway.Checking.Rules.Responses;
using static IssuerGateway.Checking.Rules.Sources;

namespace IssuerGateway.Checking.Rules;

/// <summary>The rules of the URL, DNS, TCP and TLS.</summary>
internal static class ConnectionRules
{
    public static IReadOnlyList<Rule> All { get; } =
    [
        new()
        {
            Id = "issuer-host-private",
            Step = "url",
            Cause = "The issuer is a name or address that only exists inside a cluster or a private network.",
            Expected = "a public DNS name",
            Fix = "choose a public name and set --service-account-issuer of every API server to it; keep the old issuer as a second value",
            Parties = Every(Severity.Error, ForEntra(Severity.Error, EntraFetch), ForAws(Severity.Error, AwsFetch), ForGoogle(Severity.Error, GoogleFetch, Evidence.Observed),
                ForVault(Severity.Warning, VaultFetch), ForOpenBao(Severity.Warning, VaultFetch), ForKubernetes(Severity.Warning, KubernetesFetch), ForParty("keycloak", Severity.Warning, null, Evidence.Unconfirmed)),
        },
        new()
        {
            Id = "issuer-long",
            Step = "url",
            Cause = "The issuer is longer than the relying party can store.",
            Expected = "at most 600 characters",
            Fix = "choose a shorter issuer",
            Parties = Every(null, ForEntra(Severity.Error, "the federated credential cannot be created")),
        },
        new()
        {
            Id = "issuer-port",
            Step = "url",
            Cause = "The issuer contains a port.",
            Expected = "an issuer on port 443, without the port in the URL",
            Fix = "publish the issuer on port 443",
            Parties = IgnoredInGo(null, ForAws(Severity.Warning, null, Evidence.Documented), ForParty("anthropic", Severity.Error)),
        },
        new()
        {
            Id = "issuer-port-default",
            Step = "url",
            Cause = "The issuer spells out the default port :443.",
            Expected = "an issuer without :443, which AWS IAM drops from a provider and its condition keys",
            Fix = "remove :443 from --service-account-issuer of every API server; until then the relying party needs the spelling of the cluster's tokens",
            Parties = Every(Severity.Warning, ForEntra(Severity.Warning, EntraNoMatch), ForAws(Severity.Error, AwsProvider, Evidence.Unconfirmed), ForGoogle(Severity.Warning, null),
                ForVault(Severity.Warning, VaultFetch), ForOpenBao(Severity.Warning, VaultFetch), ForKubernetes(Severity.Warning, KubernetesIssuer)),
        },
        new()
        {
            Id = "issuer-trailing-slash",
            Step = "url",
            Cause = "The issuer ends with a slash, which counts as a part of it.",
            Expected = "the same spelling at the relying party, with the slash",
            Fix = "register the issuer with the slash",
            Parties = Every(Severity.Warning, ForEntra(Severity.Warning, EntraNoMatch), ForAws(Severity.Warning, AwsProvider), ForGoogle(Severity.Warning, null),
                ForVault(Severity.Warning, VaultFetch), ForOpenBao(Severity.Warning, VaultFetch), ForKubernetes(Severity.Warning, KubernetesIssuer)),
        },
        new()
        {
            Id = "dns-failed",
            Step = "dns",
            Cause = "The host name of the issuer does not resolve.",
            Expected = "at least one address",
            Fix = "publish an A or AAAA record for the host in public DNS, then: dig +short HOST",
            Parties = NoDocument(),
        },
        new()
        {
            Id = "dns-no-response",
            Step = "dns",
            Cause = "No name server that this machine uses says whether the host name exists, so nothing is known about it.",
            Expected = "a name server that responds, with the addresses or with that there are none",
            Fix = "run the check again; see what the name servers of this machine say: dig HOST; or state the address: --resolve HOST:443:ADDRESS",
            LeavesOpen = true,
            Parties = Every(Severity.Warning),
        },
        new()
        {
            Id = "address-private",
            Step = "dns",
            Cause = "The host name resolves to a private address here.",
            Expected = "addresses that the internet can reach",
            Fix = "publish the public address in public DNS; behind split-horizon DNS, check the public address with --resolve",
            Parties = Every(Severity.Warning, ForEntra(Severity.Warning, EntraFetch), ForAws(Severity.Warning, AwsFetch), ForGoogle(Severity.Warning, GoogleFetch, Evidence.Observed),
                ForVault(null, null), ForOpenBao(null, null), ForKubernetes(null, null), ForParty("keycloak", null, null, Evidence.Unconfirmed)),
        },
        new()
        {
            Id = "tcp-failed",
            Step = "tcp",
            Cause = "Nothing accepts connections on the host and port of the issuer.",
            Expected = "a connection",
            Fix = "open the port in the firewall and forward it to the gateway",
            Parties = NoDocument(),
        },
        new()
        {
            Id = "tcp-no-route",
            Step = "tcp",
            Cause = "This machine has no route to any address of the server, so nothing is known about it.",
            Expected = "a route: IPv4 or IPv6 as the addresses are",
            Fix = "run the check on a machine that reaches the internet, for an IPv6 address over IPv6",
            LeavesOpen = true,
            Parties = Every(Severity.Warning),
        },
        new()
        {
            Id = "override-failed",
            Step = "tcp",
            Cause = "Nothing accepts connections where --connect-to or --resolve leads, so nothing is known about the issuer.",
            Expected = "a connection to what the option names",
            Fix = "start what is to listen there, such as the port-forward, or correct the option",
            LeavesOpen = true,
            Parties = Every(Severity.Warning),
        },
        new()
        {
            Id = "tcp-partial",
            Step = "tcp",
            Cause = "Some of the addresses of the issuer do not accept connections.",
            Expected = "a connection to every address",
            Fix = "remove the address from DNS, or make it respond",
            Parties = NoDocument(Severity.Warning),
        },
        new()
        {
            Id = "tls-failed",
            Step = "tls",
            Cause = "The TLS handshake did not complete.",
            Expected = "a TLS 1.2 or 1.3 handshake",
            Fix = "terminate TLS on this port with a certificate for the host; to investigate: openssl s_client -connect HOST:PORT -servername HOST",
            Parties = NoDocument(),
        },
        new()
        {
            Id = "tls-partial",
            Step = "tls",
            Cause = "Some of the addresses of the issuer do not serve a certificate that relying parties accept.",
            Expected = "the same good certificate on every address",
            Fix = "repair the address, or remove it from DNS",
            Parties = NoDocument(Severity.Warning),
        },
        new()
        {
            Id = "tls-old-protocol",
            Step = "tls",
            Cause = "The server only offers TLS 1.1 or older.",
            Expected = "TLS 1.2 or 1.3",
            Fix = "allow TLS 1.2 and 1.3 on whatever terminates TLS, as nginx does with ssl_protocols TLSv1.2 TLSv1.3",
            Parties = NoDocument(),
        },
        new()
        {
            Id = "tls-no-common-suite",
            Step = "tls",
            Cause = "The server and the relying party have no cipher suite and key exchange in common.",
            Expected = "TLS 1.3 with AES-GCM, or TLS 1.2 with ECDHE and AES-GCM or ChaCha20; X25519 or P-256",
            Fix = "enable TLS 1.3, or ECDHE with AES-GCM in TLS 1.2, on whatever terminates TLS, as nginx does with ssl_protocols TLSv1.2 TLSv1.3 and ssl_ciphers ECDHE+AESGCM",
            Parties = NoDocument(),
        },
        new()
        {
            Id = "tls-weak-suite",
            Step = "tls",
            Cause = "The server negotiates a cipher suite without authenticated encryption or forward secrecy.",
            Expected = "TLS 1.3, or TLS 1.2 with ECDHE and AES-GCM or ChaCha20",
            Fix = "enable TLS 1.3 or the AEAD suites on whatever terminates TLS, as nginx does with ssl_protocols TLSv1.2 TLSv1.3 and ssl_ciphers ECDHE+AESGCM:ECDHE+CHACHA20; relying parties are dropping the others",
            Parties = Every(Severity.Warning),
        },
        new()
        {
            Id = "tls-13-only",
            Step = "tls",
            Cause = "The server requires TLS 1.3, and the relying party then compares the thumbprint that was registered, even of a publicly trusted certificate.",
            Expected = "TLS 1.2 and 1.3",
            Fix = "allow TLS 1.2 too, as nginx does with ssl_protocols TLSv1.2 TLSv1.3; or keep the thumbprint of the provider current: aws iam update-open-id-connect-provider-thumbprint",
            Parties = Every(null, ForAws(Severity.Warning, "OpenIDConnect provider's HTTPS certificate doesn't match configured thumbprint", Evidence.Documented)),
        },
        new()
        {
            Id = "tls-untrusted",
            Step = "tls",
            Cause = "The certificate is not signed by a trusted CA.",
            Expected = "a chain to a publicly trusted root",
            Fix = "use a publicly trusted CA (Tls:Mode Acme of the gateway)",
            Parties = Every(Severity.Error, ForEntra(Severity.Error, EntraFetch),
                ForAws(Severity.Error, "OpenIDConnect provider's HTTPS certificate doesn't match configured thumbprint", Evidence.Unconfirmed), ForGoogle(Severity.Error, GoogleFetch, Evidence.Observed),

                // These can be given the CA, and nobody sees here whether they were.
                ForParty("vault", Severity.Error, VaultFetch, Evidence.Unconfirmed), ForParty("openbao", Severity.Error, VaultFetch, Evidence.Unconfirmed), ForParty("kubernetes", Severity.Error, KubernetesFetch, Evidence.Unconfirmed), ForGeneric(Severity.Error)),
        },
        new()
        {
            Id = "tls-chain-incomplete",
            Step = "tls",
            Cause = "An intermediate certificate is missing from the chain that the server sends.",
            Expected = "the leaf and every intermediate certificate",
            Fix = "serve the full chain (fullchain.pem), leaf first",
            Parties = NoDocument(),
        },
        new()
        {
            Id = "tls-usage-any",
            Step = "tls",
            Cause = "A certificate of the chain is for any purpose, and does not name servers (extended key usage).",
            Expected = "the extended key usage serverAuth (RFC 5280 §4.2.1.12)",
            Fix = "issue the certificate with extendedKeyUsage = serverAuth (in the extensions of openssl)",
            Parties = IgnoredInGo(Severity.Warning),
        },
        new()
        {
            Id = "tls-weak-signature",
            Step = "tls",
            Cause = "A certificate of the chain is signed with SHA-1 or MD5.",
            Expected = "signatures with SHA-256 or longer",
            Fix = "issue the certificate again, signed with SHA-256 (openssl x509 -req -sha256)",
            Parties = Every(Severity.Warning, ByGo("vault", VaultFetch), ByGo("openbao", VaultFetch), ByGo("kubernetes", KubernetesFetch)),
        },
        new()
        {
            Id = "tls-name-mismatch",
            Step = "tls",
            Cause = "The certificate is for another host.",
            Expected = "a certificate whose SAN has the host of the issuer",
            Fix = "get a certificate whose SAN has the host of the issuer; the names that it has: openssl x509 -noout -ext subjectAltName -in FILE",
            Parties = NoDocument(),
        },
        new()
        {
            Id = "tls-expired",
            Step = "tls",
            Cause = "The certificate is outside its validity period.",
            Expected = "a certificate within its dates",
            Fix = "renew the certificate, with ACME of the gateway: issuer-gateway renew HOST; or correct the clock of this machine (timedatectl)",
            Parties = NoDocument(),
        },
        new()
        {
            Id = "tls-expires-soon",
            Step = "tls",
            Cause = "The certificate expires soon.",
            Expected = "at least 7 days, or a third of a shorter lifetime, until it expires",
            Fix = "renew it, with ACME of the gateway: issuer-gateway renew HOST; why that has not happened is in /status and in the log of the gateway",
            Parties = NoDocument(Severity.Warning),
        },
    ];
}
