using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using IssuerGateway.Base;
using IssuerGateway.Checking.Reports;
using IssuerGateway.Issuers;
using IssuerGateway.Kubernetes.Trust;

namespace IssuerGateway.Checking.Fetching;

/// <summary>
/// What the operator states about reaching the issuer from here where that differs from a relying party: addresses in
/// place of DNS, roots in place of the system's, and whether a document may lead to private addresses.
/// </summary>
public sealed record ConnectionOverrides
{
    public static readonly ConnectionOverrides None = new();

    /// <summary><c>--resolve</c>: addresses by <c>host:port</c>.</summary>
    public IReadOnlyDictionary<string, IPAddress> Resolve { get; init; } = new Dictionary<string, IPAddress>();

    /// <summary><c>--connect-to</c>: other hosts and ports to connect to, the first that matches.</summary>
    public IReadOnlyList<ConnectTo> ConnectTo { get; init; } = [];

    /// <summary><c>--ca</c>: roots to trust in place of the system's.</summary>
    public X509Certificate2Collection? Roots { get; init; }

    /// <summary>A certificate that is accepted as it is: the gateway's own, of a CA that the operator has chosen and that nobody trusts.</summary>
    public X509Certificate2? PinnedLeaf { get; init; }

    /// <summary><c>--allow-private</c>: whether a URL of another origin, from a document, may lead to a private address.</summary>
    public bool AllowPrivate { get; init; }

    // What was written for which entry, until a connection uses it; shared by copies, because they are of one command line.
    private ConcurrentDictionary<object, string> Unclaimed { get; init; } = new();

    /// <summary>The entries of <c>--resolve</c> and <c>--connect-to</c> that nothing has used yet, as they were written.</summary>
    public IReadOnlyList<string> Unused => [.. Unclaimed.Values.Order(StringComparer.Ordinal)];

    /// <summary>A sentence for each entry that nothing has used by the end of a command.</summary>
    /// <param name="issuer">Named where it is known.</param>
    public IEnumerable<string> UnusedNotes(IssuerIdentifier? issuer = null) =>
        Unused.Select(entry => $"{entry} had no effect: this command connected to no such host and port{(issuer is { } own ? $" (the issuer is on {Endpoint.Of(own).HostAndPort})" : "")}");

    /// <summary>The system's resolver, except in tests of names whose addresses change.</summary>
    public Func<string, CancellationToken, Task<IPAddress[]>> Lookup { get; init; } = Dns.GetHostAddressesAsync;

    /// <summary>The options in use that no relying party has, so that a report can show them.</summary>
    public IReadOnlyList<string> Stated =>
    [
        .. Resolve.Count > 0 ? ["--resolve"] : (string[])[],
        .. ConnectTo.Count > 0 ? ["--connect-to"] : (string[])[],
        .. Roots is not null ? ["--ca"] : (string[])[],
        .. AllowPrivate ? ["--allow-private"] : (string[])[],
    ];

    /// <summary>Reads the options; every mistake becomes an error.</summary>
    public static ConnectionOverrides Parse(IEnumerable<string> resolve, IEnumerable<string> connectTo, string? rootsFile, bool allowPrivate, List<SettingError> errors)
    {
        Dictionary<string, IPAddress> addresses = new(StringComparer.OrdinalIgnoreCase);
        ConcurrentDictionary<object, string> unused = new();
        foreach (string entry in resolve)
        {
            // The form of curl: the address may be IPv6 and contain colons itself.
            int host = entry.StartsWith('[') ? entry.IndexOf(']') + 1 : Math.Max(entry.IndexOf(':'), 0);
            string[] parts = entry[host..].Split(':', 3);
            if (parts.Length == 3 && Fetching.ConnectTo.IsHost(entry[..host]) && ushort.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out ushort port) && port > 0
                && IPAddress.TryParse(parts[2].Trim('[', ']'), out IPAddress? address))
            {
                string endpoint = $"{entry[..host].Trim('[', ']').ToLowerInvariant()}:{port}";
                addresses[endpoint] = address;
                unused[endpoint] = $"--resolve {PrintableText.Of(entry)}";
            }
            else
            {
                errors.Add(new SettingError("--resolve", ShownEntry(entry), "HOST:PORT:ADDRESS", "for example --resolve oidc.example.com:443:203.0.113.7"));
            }
        }

        List<ConnectTo> routes = [];
        foreach (string entry in connectTo)
        {
            if (Fetching.ConnectTo.TryParse(entry, out ConnectTo? route))
            {
                routes.Add(route);
                unused[route] = $"--connect-to {PrintableText.Of(entry)}";
            }
            else
            {
                errors.Add(new SettingError("--connect-to", ShownEntry(entry), "HOST:PORT:HOST2:PORT2", "for example --connect-to oidc.example.com:443:localhost:8443"));
            }
        }

        return new ConnectionOverrides
        {
            Unclaimed = unused,
            Resolve = addresses,
            ConnectTo = routes,
            Roots = rootsFile is null ? null : ReadRoots(rootsFile, errors),
            AllowPrivate = allowPrivate,
        };
    }

    /// <summary>Where a host and port are, by one lookup, and the option that says so in place of DNS.</summary>
    public async Task<(IReadOnlyList<IPEndPoint> EndPoints, string? Option)> LocateAsync(string host, int port, CancellationToken cancellationToken)
    {
        string? option = null;
        if (ConnectTo.FirstOrDefault(route => route.Matches(host, port)) is { } stated)
        {
            Unclaimed.TryRemove(stated, out _);

            // Without HOST2 the option states a port only, and whoever named the host still chose it.
            (host, port, option) = (stated.ToHost ?? host, stated.ToPort ?? port, stated.ToHost is null ? null : "--connect-to");
        }

        string endpoint = $"{host.Trim('[', ']').ToLowerInvariant()}:{port}";
        if (Resolve.TryGetValue(endpoint, out IPAddress? address))
        {
            Unclaimed.TryRemove(endpoint, out _);
            return ([new IPEndPoint(address, port)], "--resolve");
        }

        // A literal is its own address, also one that the resolver rejects such as 0.0.0.0.
        IPAddress[] addresses = IPAddress.TryParse(host.Trim('[', ']'), out IPAddress? literal) ? [literal] : await Lookup(host, cancellationToken);
        return ([.. addresses.Select(each => each.IsIPv4MappedToIPv6 ? each.MapToIPv4() : each).Distinct().Select(each => new IPEndPoint(each, port))], option);
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

    private static X509Certificate2Collection? ReadRoots(string file, List<SettingError> errors)
    {
        const string hint = "name a PEM file with root certificates, or leave --ca out for the roots of the system";
        try
        {
            X509Certificate2Collection roots = PemText.Bundle(FileSet.Read(TrustAnchors.MaxBytes, file).Contents[0]);
            if (roots.Count > 0)
            {
                return roots;
            }

            errors.Add(new SettingError("--ca", $"no certificate in {PrintableText.Of(file)}", "a PEM file with root certificates", hint));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException)
        {
            errors.Add(new SettingError("--ca", $"\"{PrintableText.Of(file)}\"", "a PEM file with root certificates", hint));
        }

        return null;
    }
}
