using System.Net;
using System.Security.Cryptography.X509Certificates;
using IssuerGateway.Base;
using IssuerGateway.Checking.Fetching.Routing;
using IssuerGateway.Issuers;

namespace IssuerGateway.Checking.Fetching;

/// <summary>
/// What the operator states about reaching the issuer from here where that differs from a relying party: addresses in
/// place of DNS, roots in place of the system's, and whether a document may lead to private addresses.
/// </summary>
public sealed record ConnectionOverrides
{
    public static readonly ConnectionOverrides None = new();

    /// <summary><c>--resolve</c>: addresses of a host and port, the last entry for them.</summary>
    public IReadOnlyList<ResolveEntry> Resolve { get; init; } = [];

    /// <summary><c>--connect-to</c>: other hosts and ports to connect to, the first entry that matches. Addresses are then those of that host.</summary>
    public IReadOnlyList<ConnectTo> ConnectTo { get; init; } = [];

    /// <summary><c>--ca</c>: roots to trust in place of the system's.</summary>
    public X509Certificate2Collection? Roots { get; init; }

    /// <summary>The file of <c>--ca</c>, which commands name.</summary>
    public string? RootsFile { get; init; }

    /// <summary>A certificate that is accepted as it is: the gateway's own, of a CA that the operator has chosen and that nobody trusts.</summary>
    public X509Certificate2? PinnedLeaf { get; init; }

    /// <summary><c>--allow-private</c>: whether a URL of another origin, from a document, may lead to a private address.</summary>
    public bool AllowPrivate { get; init; }

    // Shared by copies, because they are of one command line.
    private OverrideUse Use { get; init; } = new();

    /// <summary>The entries of <c>--resolve</c> and <c>--connect-to</c> that nothing has used yet, for a sentence.</summary>
    public IReadOnlyList<string> Unused =>
        [.. ConnectTo.Where(entry => !Use.Has(entry)).Select(entry => entry.Shown).Concat(Resolve.Where(entry => !Use.Has(entry)).Select(entry => entry.Shown)).Order(StringComparer.Ordinal)];

    /// <summary>A sentence for each entry that nothing has used by the end of a command.</summary>
    /// <param name="issuer">Named where it is known.</param>
    public IEnumerable<string> UnusedNotes(IssuerIdentifier? issuer = null) => Use.Notes(this, issuer);

    /// <summary>The system's resolver, except in tests of names whose addresses change.</summary>
    public Func<string, CancellationToken, Task<IPAddress[]>> Lookup { get; init; } = Dns.GetHostAddressesAsync;

    /// <summary>The options that had an effect and that no relying party has, so that a report can show them.</summary>
    public IReadOnlyList<string> Stated =>
    [
        .. Resolve.Any(Use.Has) ? ["--resolve"] : (string[])[],
        .. ConnectTo.Any(Use.Has) ? ["--connect-to"] : (string[])[],
        .. Roots is not null ? ["--ca"] : (string[])[],
        .. AllowPrivate ? ["--allow-private"] : (string[])[],
    ];

    /// <summary>Reads the options; every mistake becomes an error.</summary>
    public static ConnectionOverrides Parse(IEnumerable<string> resolve, IEnumerable<string> connectTo, string? rootsFile, bool allowPrivate, List<SettingError> errors)
    {
        List<ResolveEntry> entries = [];
        foreach (string text in resolve)
        {
            if (ResolveEntry.TryParse(text, out ResolveEntry? entry))
            {
                entries.Add(entry with { Written = $"--resolve {text}" });
            }
            else
            {
                errors.Add(ResolveEntry.HasZone(text)
                    ? new SettingError("--resolve", ShownEntry(text), "addresses without a zone, as for curl", "give an address of the host that is not link-local")
                    : new SettingError("--resolve", ShownEntry(text), "HOST:PORT:ADDRESS[,ADDRESS...]", "for example --resolve oidc.example.com:443:203.0.113.7"));
            }
        }

        List<ConnectTo> routes = [];
        foreach (string text in connectTo)
        {
            if (Fetching.ConnectTo.TryParse(text, out ConnectTo? route))
            {
                routes.Add(route with { Written = $"--connect-to {text}" });
            }
            else
            {
                errors.Add(text.StartsWith('*')
                    ? new SettingError("--connect-to", ShownEntry(text), "HOST:PORT:HOST2:PORT2, where an empty HOST is any host", "for example --connect-to :443:localhost:8443")
                    : new SettingError("--connect-to", ShownEntry(text), "HOST:PORT:HOST2:PORT2", "for example --connect-to oidc.example.com:443:localhost:8443"));
            }
        }

        return new ConnectionOverrides
        {
            Resolve = entries,
            ConnectTo = routes,
            Roots = rootsFile is null ? null : RootsFileReader.Read(rootsFile, errors),
            RootsFile = rootsFile,
            AllowPrivate = allowPrivate,
        };
    }

    /// <summary>Where the options lead a connection, as curl does: --connect-to first, then --resolve for where that leads.</summary>
    public ConnectionTarget TargetOf(string host, int port)
    {
        ConnectTo? route = ConnectTo.FirstOrDefault(each => each.HasTarget && each.Matches(host, port));
        (string toHost, int toPort) = (route?.ToHost ?? host, route?.ToPort ?? port);
        ResolveEntry[] entries = [.. Resolve.Where(each => each.Matches(toHost, toPort))];
        return new ConnectionTarget(toHost, toPort, route, entries.LastOrDefault(each => each.Host is not null) ?? entries.LastOrDefault());
    }

    /// <summary>Where a host and port are, by one lookup, and the options that say so in place of DNS.</summary>
    public async Task<(IReadOnlyList<IPEndPoint> EndPoints, ConnectionTarget Target)> LocateAsync(string host, int port, CancellationToken cancellationToken)
    {
        ConnectionTarget target = TargetOf(host, port);
        if (Resolve.Count + ConnectTo.Count > 0 || Roots is not null)
        {
            Use.Add(host, port, target);
        }

        // A literal is its own address, also one that the resolver rejects such as 0.0.0.0.
        IReadOnlyList<IPAddress> addresses = target.Entry?.Addresses
            ?? (IPAddress.TryParse(target.Host.Trim('[', ']'), out IPAddress? literal) ? [literal]

                // The resolver of Linux cannot be canceled.
                : await Lookup(target.Host, cancellationToken).WaitAsync(cancellationToken));
        return ([.. addresses.Select(each => each.IsIPv4MappedToIPv6 ? each.MapToIPv4() : each).Distinct().Select(each => new IPEndPoint(each, target.Port))], target);
    }

    public bool IsPinned(X509Certificate? certificate) => PinnedLeaf is { } pinned && certificate is not null && certificate.GetRawCertData().AsSpan().SequenceEqual(pinned.RawDataMemory.Span);

    /// <summary>How certificates are verified: these roots or the system's, with only what the server sends.</summary>
    public X509ChainPolicy ChainPolicy()
    {
        X509ChainPolicy policy = new() { RevocationMode = X509RevocationMode.NoCheck, DisableCertificateDownloads = true };
        if (Roots is not null)
        {
            policy.TrustMode = X509ChainTrustMode.CustomRootTrust;
            policy.CustomTrustStore.AddRange(Roots);
        }

        return policy;
    }

    private static string ShownEntry(string entry) => UrlOption.HasUserInformation(entry) ? "a value with user information" : PrintableText.Quote(entry);
}
