using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using IssuerGateway.Base;

namespace IssuerGateway.Checking;

/// <summary>
/// What the operator states about reaching the issuer from here where that differs from a relying party: addresses in
/// place of DNS, roots in place of the system's, and whether a document may lead to private addresses.
/// </summary>
public sealed record ConnectionOverrides
{
    public static readonly ConnectionOverrides None = new();

    /// <summary>Addresses by <c>host:port</c>.</summary>
    public IReadOnlyDictionary<string, IPAddress> Resolve { get; init; } = new Dictionary<string, IPAddress>();

    /// <summary>Roots to trust in place of the system's.</summary>
    public X509Certificate2Collection? Roots { get; init; }

    /// <summary>Whether a URL of another origin, from a document, may lead to a private address.</summary>
    public bool AllowPrivate { get; init; }

    /// <summary>The system's resolver, except in tests of names whose addresses change.</summary>
    public Func<string, CancellationToken, Task<IPAddress[]>> Lookup { get; init; } = Dns.GetHostAddressesAsync;

    /// <summary>All addresses of a host by one lookup; a literal is its own, also one that the resolver refuses such as 0.0.0.0.</summary>
    public Task<IPAddress[]> AddressesAsync(string host, CancellationToken cancellationToken) =>
        IPAddress.TryParse(host.Trim('[', ']'), out IPAddress? literal) ? Task.FromResult<IPAddress[]>([literal]) : Lookup(host, cancellationToken);

    /// <summary>Reads <c>--resolve</c>, <c>--ca</c> and <c>--allow-private</c>; every mistake becomes an error.</summary>
    public static ConnectionOverrides Parse(IEnumerable<string> resolve, string? rootsFile, bool allowPrivate, List<SettingError> errors)
    {
        Dictionary<string, IPAddress> addresses = new(StringComparer.OrdinalIgnoreCase);
        foreach (string entry in resolve)
        {
            // The form of curl: the address may be IPv6 and contain colons itself.
            string[] parts = entry.Split(':', 3);
            if (parts.Length == 3 && ushort.TryParse(parts[1], out ushort port) && port > 0 && IPAddress.TryParse(parts[2].Trim('[', ']'), out IPAddress? address))
            {
                addresses[$"{parts[0]}:{port}"] = address;
            }
            else
            {
                errors.Add(new SettingError("--resolve", $"\"{PrintableText.Of(entry)}\"", "HOST:PORT:ADDRESS", "for example --resolve oidc.example.com:443:203.0.113.7"));
            }
        }

        return new ConnectionOverrides
        {
            Resolve = addresses,
            Roots = rootsFile is null ? null : ReadRoots(rootsFile, errors),
            AllowPrivate = allowPrivate,
        };
    }

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

    private static X509Certificate2Collection? ReadRoots(string file, List<SettingError> errors)
    {
        const string hint = "name a PEM file with root certificates, or leave --ca out for the roots of the system";
        try
        {
            X509Certificate2Collection roots = [];
            roots.ImportFromPemFile(file);
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
