using System.Net.Security;
using System.Security.Authentication;

namespace IssuerGateway.Checking.Steps;

/// <summary>What a handshake showed: all that the rules of TLS need.</summary>
internal sealed record TlsObservation
{
    public required SslProtocols Protocol { get; init; }

    public required TlsCipherSuite Suite { get; init; }

    public required DateTimeOffset NotBefore { get; init; }

    public required DateTimeOffset NotAfter { get; init; }

    public required bool NameMatches { get; init; }

    /// <summary>Whether the chain ends at a trusted root with only what the server sent.</summary>
    public required bool IsTrustedAsSent { get; init; }

    /// <summary>Whether it would end there if missing intermediates were fetched.</summary>
    public required bool IsTrustedWithDownloads { get; init; }

    public required int CertificatesSent { get; init; }

    /// <summary>Why the chain is not valid although it is complete; null when it only ends at no trusted root.</summary>
    public string? ChainFault { get; init; }

    /// <summary>Whether the chain is valid only for who takes anyExtendedKeyUsage for serverAuth.</summary>
    public bool IsForAnyUsage { get; init; }

    /// <summary>The first certificate above the leaf that is outside its dates, and these; null for none.</summary>
    public string? OutOfDateInChain { get; init; }

    /// <summary>The first certificate below the root whose signature is made with MD5 or SHA-1; null for none.</summary>
    public string? WeakSignature { get; init; }

    /// <summary>Whether a hello without TLS 1.3 is rejected; looked at for AWS only.</summary>
    public bool RejectsTls12 { get; init; }

    /// <summary>Whether the leaf names itself as its issuer.</summary>
    public bool IsSelfIssued { get; init; }

    /// <summary>The alternative names of the leaf.</summary>
    public string AlternativeNames { get; init; } = "";

    /// <summary>Subject and issuer of the leaf, which say at a glance whose default certificate it is.</summary>
    public string Names { get; init; } = "";
}
