using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Net.Security;
using Microsoft.Extensions.Logging;

namespace IssuerGateway.Tls.Serving;

/// <summary>
/// The certificates in force, chosen by the name that a handshake requests (SNI). Readers see one immutable state;
/// replacing a certificate drops no connection.
/// </summary>
internal sealed class ServingCertificates
{
    private readonly Lock gate = new();
    private readonly IReadOnlyList<string> hosts;
    private readonly TlsMetrics metrics;
    private readonly ILogger<ServingCertificates> logger;
    private State state = new(ImmutableDictionary<string, ServingCertificate>.Empty, FrozenDictionary<string, ServingCertificate>.Empty);

    /// <param name="hosts">The hosts of the configured issuers, which ought to have a certificate.</param>
    public ServingCertificates(IReadOnlyList<string> hosts, TlsMetrics metrics, ILogger<ServingCertificates> logger)
    {
        this.hosts = hosts;
        this.metrics = metrics;
        this.logger = logger;
        metrics.Serving([], Expiries(state));
    }

    /// <summary>Every name that a certificate in force has.</summary>
    public IEnumerable<string> Names => state.ByName.Keys.Order(StringComparer.Ordinal);

    public IEnumerable<ServingCertificate> All => state.Slots.Values;

    public ServingCertificate? In(string slot) => state.Slots.GetValueOrDefault(slot);

    /// <summary>
    /// The certificate for a name: the one that names it, else one with a wildcard in place of its first label
    /// (RFC 9525 §6.3). Without SNI the only certificate, when there is just one. Else none: a certificate for another
    /// name would only be rejected with a less clear error, and would show a scanner what is here.
    /// </summary>
    public ServingCertificate? For(string? serverName)
    {
        State current = state;
        if (string.IsNullOrEmpty(serverName))
        {
            return current.Slots.Count == 1 ? current.Slots.Values.First() : null;
        }

        string name = ServerName.Ascii(serverName);
        if (current.ByName.TryGetValue(name, out ServingCertificate? exact))
        {
            return exact;
        }

        int dot = name.IndexOf('.');
        return dot > 0 ? current.ByName.GetValueOrDefault($"*{name[dot..]}") : null;
    }

    /// <param name="slot">What is replaced: the place that the certificate comes from, as an operator names it.</param>
    public void Put(string slot, ServingCertificate certificate)
    {
        Change(slots => slots.SetItem(slot, certificate));
        logger.LogInformation("Serving the certificate of {Slot} for {Names}: valid until {NotAfter:u}, SHA-256 {Thumbprint}",
            slot, string.Join(", ", certificate.Names), certificate.NotAfter, certificate.Thumbprint);
    }

    private void Change(Func<ImmutableDictionary<string, ServingCertificate>, ImmutableDictionary<string, ServingCertificate>> change)
    {
        lock (gate)
        {
            State before = state;
            ImmutableDictionary<string, ServingCertificate> slots = change(before.Slots);
            state = new State(slots, Index(slots.Values));
            metrics.Serving(Expiries(before).Keys, Expiries(state));
        }
    }

    // Of two certificates for one name the one that lasts longer: while an operator moves from one file to another both stand.
    private static FrozenDictionary<string, ServingCertificate> Index(IEnumerable<ServingCertificate> certificates) =>
        certificates.SelectMany(certificate => certificate.Names.Distinct(), (certificate, name) => (Name: name, Certificate: certificate))
            .GroupBy(entry => entry.Name, StringComparer.Ordinal)
            .ToFrozenDictionary(same => same.Key, same => same.Select(entry => entry.Certificate).MaxBy(certificate => certificate.NotAfter)!, StringComparer.Ordinal);

    // A configured host that no certificate names stands there with 0, so that one alert sees missing and expiring alike.
    private Dictionary<string, DateTimeOffset?> Expiries(State of)
    {
        Dictionary<string, DateTimeOffset?> expiries = of.ByName.ToDictionary(entry => entry.Key, entry => (DateTimeOffset?)entry.Value.NotAfter);
        foreach (string host in hosts)
        {
            expiries[host] = For(host)?.NotAfter;
        }

        return expiries;
    }

    private sealed record State(ImmutableDictionary<string, ServingCertificate> Slots, FrozenDictionary<string, ServingCertificate> ByName);
}
