using System.Security.Cryptography;
using System.Text;
using IssuerGateway.Kubernetes;
using IssuerGateway.Tls.Acme;
using IssuerGateway.Tls.Serving;
using k8s.Models;

namespace IssuerGateway.Tls.Issuance;

/// <summary>
/// Keeps the state in one Opaque Secret and each certificate in a Secret of type kubernetes.io/tls, shared by all
/// replicas. A write counts only when nobody has written since the last read: a leader that was replaced cannot undo
/// what its successor did.
/// </summary>
internal sealed class SecretAcmeStore(ClusterObjects objects, string prefix) : IAcmeStore
{
    public const string StateKey = "acme.json";
    public const string BrokenKey = "acme.json.broken";
    public const string ChainKey = "tls.crt";
    public const string LeafKey = "tls.key";

    /// <summary>What the name of a part that could not be read ends with once it has been set aside.</summary>
    public const string BrokenSuffix = ".broken";

    /// <summary>How often a replica reads what the leader has written.</summary>
    public static readonly TimeSpan FollowInterval = TimeSpan.FromSeconds(3);

    private V1Secret? lastSeen;

    public string Description => $"Secrets {objects.Namespace}/{prefix}-* (Tls:Acme:Store)";

    // One interval, one slow answer.
    public TimeSpan PropagationDelay => FollowInterval + TimeSpan.FromSeconds(2);

    public string StateName => $"{prefix}-acme";

    public string CertificateName(string host) => $"{prefix}-tls-{host}";

    public async Task<StoredState> LoadAsync(CancellationToken cancellationToken)
    {
        ClusterAnswer<V1Secret> answer = await objects.ReadSecretAsync(StateName, cancellationToken);
        if (answer.Fault is { IsNotFound: false } fault)
        {
            return StoredState.Failed(fault.Message);
        }

        lastSeen = answer.Value;
        byte[]? text = PartOf(answer.Value, StateKey);
        if (text is null)
        {
            return new StoredState(AcmeState.Empty, null);
        }

        return AcmeStateText.Read(text) is { } state
            ? new StoredState(state, null)
            : new StoredState(AcmeState.Empty, null) { SetAside = $"{BrokenKey} of Secret {objects.Namespace}/{StateName}" };
    }

    public async Task<string?> SaveAsync(AcmeState state, CancellationToken cancellationToken)
    {
        V1Secret secret = lastSeen ?? New(StateName, "Opaque");
        Dictionary<string, byte[]> data = new(secret.Data ?? new Dictionary<string, byte[]>());
        if (data.TryGetValue(StateKey, out byte[]? before) && AcmeStateText.Read(before) is null)
        {
            data[BrokenKey] = before;
        }

        data[StateKey] = AcmeStateText.Write(state);
        secret.Data = data;
        ClusterAnswer<V1Secret> answer = await objects.WriteSecretAsync(secret, cancellationToken);
        if (answer.Fault is { IsConflict: true } or { IsNotFound: true })
        {
            answer = await WriteOverMetadataAsync(before, data, answer, cancellationToken);
        }

        lastSeen = answer.Value ?? lastSeen;
        return answer.Fault?.Message;
    }

    // A label or annotation that somebody else has set is no reason to stop. Other content is: it is the next leader's,
    // and this replica will notice. It is taken as seen, so that a change made by hand does not stop renewal for good.
    private async Task<ClusterAnswer<V1Secret>> WriteOverMetadataAsync(
        byte[]? before, Dictionary<string, byte[]> data, ClusterAnswer<V1Secret> refused, CancellationToken cancellationToken)
    {
        ClusterAnswer<V1Secret> read = await objects.ReadSecretAsync(StateName, cancellationToken);
        if (read.Value is not { } current)
        {
            lastSeen = read.Fault!.IsNotFound ? null : lastSeen;
            return refused;
        }

        lastSeen = current;
        if (!(PartOf(current, StateKey) ?? []).AsSpan().SequenceEqual(before ?? []))
        {
            return refused;
        }

        current.Data = data;
        return await objects.WriteSecretAsync(current, cancellationToken);
    }

    public async Task<CertificateCandidate?> ReadCertificateAsync(string host, CancellationToken cancellationToken)
    {
        ClusterAnswer<V1Secret> answer = await objects.ReadSecretAsync(CertificateName(host), cancellationToken);
        return answer.Fault is { } fault
            ? fault.IsNotFound ? null : CertificateCandidate.Unreadable(fault.Message)
            : IsEmpty(answer.Value!) ? null : OfferOf(answer.Value!);
    }

    public async Task<string?> WriteCertificateAsync(string host, string chainPem, string keyPem, CancellationToken cancellationToken)
    {
        ClusterAnswer<V1Secret> before = await objects.ReadSecretAsync(CertificateName(host), cancellationToken);
        if (before.Fault is { IsNotFound: false } fault)
        {
            return fault.Message;
        }

        V1Secret secret = before.Value ?? New(CertificateName(host), "kubernetes.io/tls");
        Dictionary<string, byte[]> data = BrokenPartsOf(before.Value);
        data[ChainKey] = Encoding.ASCII.GetBytes(chainPem);
        data[LeafKey] = Encoding.ASCII.GetBytes(keyPem);
        secret.Data = data;
        return (await objects.WriteSecretAsync(secret, cancellationToken)).Fault?.Message;
    }

    // Whoever wants to know what broke it finds both parts beside those that replaced them.
    private static Dictionary<string, byte[]> BrokenPartsOf(V1Secret? secret) =>
        secret?.Data is { } data && OfferOf(secret).Parse(out _) is null
            ? data.Where(part => part.Key is ChainKey or LeafKey).ToDictionary(part => part.Key + BrokenSuffix, part => part.Value)
            : [];

    // Done with the write that replaces it, so that there is never a Secret without its two parts.
    public Task SetAsideCertificateAsync(string host, CancellationToken cancellationToken) => Task.CompletedTask;

    public static CertificateCandidate OfferOf(V1Secret secret)
    {
        byte[] chain = PartOf(secret, ChainKey) ?? [];
        byte[] key = PartOf(secret, LeafKey) ?? [];
        return new CertificateCandidate(Convert.ToHexStringLower(SHA256.HashData([.. chain, 0, .. key])), chain, key, Fault: null);
    }

    // As the chart creates it, so that the gateway needs no right to create: no certificate yet, which is no fault.
    private static bool IsEmpty(V1Secret secret) => PartOf(secret, ChainKey) is null or [] && PartOf(secret, LeafKey) is null or [];

    // A part may also be there without content: null.
    private static byte[]? PartOf(V1Secret? secret, string name) => secret?.Data is { } data && data.TryGetValue(name, out byte[]? part) ? part : null;

    private static V1Secret New(string name, string type) => new()
    {
        ApiVersion = "v1",
        Kind = "Secret",
        Type = type,
        Metadata = new V1ObjectMeta { Name = name, Labels = new Dictionary<string, string> { ["app.kubernetes.io/managed-by"] = "issuer-gateway" } },
    };
}
