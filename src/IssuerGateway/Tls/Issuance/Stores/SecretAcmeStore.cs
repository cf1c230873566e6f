using System.Net;
using System.Security.Cryptography;
using System.Text;
using IssuerGateway.Kubernetes.Objects;
using IssuerGateway.Tls.Serving;
using k8s.Models;

namespace IssuerGateway.Tls.Issuance.Stores;

/// <summary>
/// Keeps the state in one Secret and each certificate in one, shared by all replicas. The chart makes them, empty: the
/// gateway reads and updates and needs no right to create. A write counts only when nobody has written since the last
/// read: a leader that was replaced cannot undo what its successor did.
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

    // One interval, one slow response.
    public TimeSpan PropagationDelay => FollowInterval + TimeSpan.FromSeconds(2);

    public string StateName => $"{prefix}-acme";

    public string CertificateName(string host) => $"{prefix}-tls-{host}";

    public async Task<StoredState> LoadAsync(CancellationToken cancellationToken)
    {
        ClusterResponse<V1Secret> response = await objects.ReadSecretAsync(StateName, cancellationToken);
        if (FaultOf(StateName, response) is { } fault)
        {
            return StoredState.Failed(fault);
        }

        lastSeen = response.Value;
        return PartOf(response.Value, StateKey) is { Length: > 0 } text
            ? StoredState.Of(text, $"Secret {objects.Namespace}/{StateName}", $"{BrokenKey} of Secret {objects.Namespace}/{StateName}")
            : new StoredState(AcmeState.Empty, null);
    }

    public async Task<string?> SaveAsync(AcmeState state, CancellationToken cancellationToken)
    {
        // Seldom: what could not be read before is read now, so that a write never goes over something unseen.
        if (lastSeen is null && await LoadAsync(cancellationToken) is { Fault: { } unread })
        {
            return unread;
        }

        V1Secret secret = lastSeen!;
        byte[]? before = PartOf(secret, StateKey);
        if (AcmeStateText.Read(before).NewerVersion is not null)
        {
            return StoredState.Of(before, $"Secret {objects.Namespace}/{StateName}", "").Fault;
        }

        ClusterResponse<V1Secret> response = await objects.WriteSecretAsync(WithState(secret, state), cancellationToken);
        if (response.Fault is { IsConflict: true } or { IsNotFound: true })
        {
            response = await WriteOverMetadataAsync(before, state, response, cancellationToken);
        }

        lastSeen = response.Value ?? lastSeen;
        return FaultOf(StateName, response);
    }

    public async Task<string?> FindWriteFaultAsync(CancellationToken cancellationToken)
    {
        if (lastSeen is not { } seen)
        {
            return null;
        }

        // A dry run with a change, because an immutable Secret and many an admission policy allow a write that changes nothing.
        // A version that somebody has written since has shown that it can; and a webhook that knows no dry run (400) shows nothing.
        byte[] changed = [.. PartOf(seen, StateKey) ?? [], (byte)'\n'];
        V1Secret trial = new()
        {
            ApiVersion = seen.ApiVersion,
            Kind = seen.Kind,
            Metadata = seen.Metadata,
            Type = seen.Type,
            Immutable = seen.Immutable,
            Data = new Dictionary<string, byte[]>(seen.Data ?? new Dictionary<string, byte[]>()) { [StateKey] = changed },
        };
        ClusterResponse<V1Secret> response = await objects.TryWriteSecretAsync(trial, cancellationToken);
        return response.Fault is { IsConflict: true } or { Status: HttpStatusCode.BadRequest } ? null : FaultOf(StateName, response);
    }

    public async Task<CertificateCandidate?> ReadCertificateAsync(string host, CancellationToken cancellationToken)
    {
        ClusterResponse<V1Secret> response = await objects.ReadSecretAsync(CertificateName(host), cancellationToken);
        return FaultOf(CertificateName(host), response) is { } fault ? CertificateCandidate.Unreadable(fault)
            : OwnedSecret.IsEmpty(response.Value!) ? null
            : CandidateOf(response.Value!);
    }

    public async Task<string?> WriteCertificateAsync(string host, string chainPem, string keyPem, CancellationToken cancellationToken)
    {
        ClusterResponse<V1Secret> before = await objects.ReadSecretAsync(CertificateName(host), cancellationToken);
        if (FaultOf(CertificateName(host), before) is { } fault)
        {
            return fault;
        }

        V1Secret secret = before.Value!;
        secret.Data = BesideBrokenParts(secret);
        secret.Data[ChainKey] = Encoding.ASCII.GetBytes(chainPem);
        secret.Data[LeafKey] = Encoding.ASCII.GetBytes(keyPem);
        return FaultOf(CertificateName(host), await objects.WriteSecretAsync(OwnedSecret.Mark(secret), cancellationToken));
    }

    public static CertificateCandidate CandidateOf(V1Secret secret)
    {
        byte[] chain = PartOf(secret, ChainKey) ?? [];
        byte[] key = PartOf(secret, LeafKey) ?? [];
        return new CertificateCandidate(Convert.ToHexStringLower(SHA256.HashData([.. chain, 0, .. key])), chain, key, Fault: null);
    }

    // A label or annotation that somebody else has set is no reason to stop. Other content is: it is the next leader's,
    // and this replica will notice. It is taken as seen, so that a change made by hand does not stop renewal for good.
    private async Task<ClusterResponse<V1Secret>> WriteOverMetadataAsync(
        byte[]? before, AcmeState state, ClusterResponse<V1Secret> rejected, CancellationToken cancellationToken)
    {
        ClusterResponse<V1Secret> read = await objects.ReadSecretAsync(StateName, cancellationToken);
        lastSeen = read.Value ?? (read.Fault!.IsNotFound ? null : lastSeen);
        return read.Value is { } current && (PartOf(current, StateKey) ?? []).AsSpan().SequenceEqual(before ?? [])
            ? await objects.WriteSecretAsync(WithState(current, state), cancellationToken)
            : read.Fault is { IsNotFound: true } ? read : rejected;
    }

    private static V1Secret WithState(V1Secret secret, AcmeState state)
    {
        Dictionary<string, byte[]> data = new(secret.Data ?? new Dictionary<string, byte[]>());
        if (data.GetValueOrDefault(StateKey) is { Length: > 0 } before && AcmeStateText.Read(before).State is null)
        {
            data[BrokenKey] = before;
        }

        data[StateKey] = AcmeStateText.Write(state);
        secret.Data = data;
        return OwnedSecret.Mark(secret);
    }

    // Whoever wants to know what damaged it finds both parts beside those that replaced them.
    private static Dictionary<string, byte[]> BesideBrokenParts(V1Secret secret)
    {
        Dictionary<string, byte[]> data = new(secret.Data ?? new Dictionary<string, byte[]>());
        if (!OwnedSecret.IsEmpty(secret) && CandidateOf(secret).Parse(out _) is null)
        {
            foreach (string part in (string[])[ChainKey, LeafKey])
            {
                data[part + BrokenSuffix] = data.GetValueOrDefault(part) ?? [];
            }
        }

        return data;
    }

    // What is wrong with a response, with what to do about it; a Secret that is not the gateway's is as good as none.
    private string? FaultOf(string name, ClusterResponse<V1Secret> response) => response switch
    {
        { Fault.IsNotFound: true } => $"Secret {objects.Namespace}/{name} does not exist. Create it: helm upgrade, or kubectl --namespace {objects.Namespace} create secret generic {name}",
        { Fault: { } fault } => fault.Message,
        { Value: { } secret } => name == StateName
            ? OwnedSecret.FaultOf(secret, objects.Namespace, StateKey, BrokenKey)
            : OwnedSecret.FaultOf(secret, objects.Namespace, ChainKey, LeafKey, ChainKey + BrokenSuffix, LeafKey + BrokenSuffix),
        _ => null,
    };

    // A part may also be there without content: null.
    private static byte[]? PartOf(V1Secret? secret, string name) => secret?.Data is { } data && data.TryGetValue(name, out byte[]? part) ? part : null;
}
