namespace IssuerGateway.Kubernetes;

/// <summary>Why an API server cannot even be queried: a code of <see cref="AccessFaultCode"/>, the message and the fix.</summary>
public sealed record AccessFault(string Code, string Message, string Hint)
{
    /// <summary>Whether only the gateway rejects it, which is a server: kubectl takes it, and so does the program of an administrator.</summary>
    public bool IsTakenByKubectl { get; init; }
}

/// <summary>The closed list of what can be wrong with the files that say where, whom to trust and who we are.</summary>
public static class AccessFaultCode
{
    public const string FileMissing = "file-missing";
    public const string FileUnreadable = "file-unreadable";
    public const string FileOversize = "oversize";
    public const string TokenMissing = "token-missing";
    public const string TokenEmpty = "token-empty";
    public const string TokenMalformed = "token-malformed";
    public const string TrustInvalid = "trust-invalid";
    public const string ClientCertificateInvalid = "client-certificate-invalid";
    public const string KubeconfigInvalid = "kubeconfig-invalid";
    public const string KubeconfigRejected = "kubeconfig-refused";
    public const string NotInCluster = "not-in-cluster";

    public static IReadOnlyList<string> All { get; } =
    [
        FileMissing, FileUnreadable, FileOversize, TokenMissing, TokenEmpty, TokenMalformed, TrustInvalid,
        ClientCertificateInvalid, KubeconfigInvalid, KubeconfigRejected, NotInCluster,
    ];
}
