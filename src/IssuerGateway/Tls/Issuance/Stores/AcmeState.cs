using System.Collections.Immutable;
using System.Text.Json.Serialization;
using IssuerGateway.Acme;
using IssuerGateway.Tls.Serving.Challenges;

namespace IssuerGateway.Tls.Issuance.Stores;

/// <summary>All that has to survive a restart and be known to every replica, certificates apart.</summary>
internal sealed record AcmeState
{
    public const int CurrentVersion = 1;

    public static AcmeState Empty { get; } = new()
    {
        Version = CurrentVersion,
        Accounts = ImmutableSortedDictionary<string, AccountState>.Empty,
        Hosts = ImmutableSortedDictionary<string, HostState>.Empty,
    };

    public required int Version { get; init; }

    /// <summary>By URL of the CA's directory: an account is worth nothing at another CA.</summary>
    public required ImmutableSortedDictionary<string, AccountState> Accounts { get; init; }

    public required ImmutableSortedDictionary<string, HostState> Hosts { get; init; }

    public HostState Host(string host) => Hosts.GetValueOrDefault(host) ?? new HostState();

    /// <summary>What validators may request now.</summary>
    [JsonIgnore]
    public IReadOnlyList<PendingChallenge> Challenges => [.. Hosts.Values.Select(host => host.Order?.Challenge).OfType<PendingChallenge>()];
}

/// <summary>An account at one CA.</summary>
internal sealed record AccountState
{
    public required string KeyPem { get; init; }

    /// <summary>Absent until the CA has confirmed the account; the key is kept before the CA is queried.</summary>
    public string? Url { get; init; }
}

/// <summary>Where one host stands on the way to its next certificate.</summary>
internal sealed record HostState
{
    /// <summary>The CA that failures, pauses and the renewal window are about; another one starts over.</summary>
    public string? Directory { get; init; }

    public OrderState? Order { get; init; }

    /// <summary>Attempts that failed in a row.</summary>
    public int Failures { get; init; }

    /// <summary>No attempt before this, also not after a restart.</summary>
    public DateTimeOffset? NotBefore { get; init; }

    public string? LastProblem { get; init; }

    /// <summary>The challenge that worked last time is tried first.</summary>
    public string? LastChallenge { get; init; }

    /// <summary>When the newest certificates were issued, newest first. Generated readers set absent members to null.</summary>
    public IReadOnlyList<DateTimeOffset> Issued { get; init => field = value ?? []; } = [];

    /// <summary>What the certificate in the store is, to know whether it can be named as replaced.</summary>
    public IssuedState? Certificate { get; init; }

    public RenewalState? Renewal { get; init; }
}

/// <summary>An order under way: enough to go on with it after a restart at any step.</summary>
internal sealed record OrderState
{
    public required string Url { get; init; }

    public required string AccountUrl { get; init; }

    public required string LeafKeyPem { get; init; }

    public PendingChallenge? Challenge { get; init; }
}

/// <summary>By whom the stored certificate was issued.</summary>
internal sealed record IssuedState
{
    public required string Directory { get; init; }

    public required string AccountUrl { get; init; }

    public required string Thumbprint { get; init; }

    /// <summary>Kept for the case that the certificate itself is lost; absent in state of earlier versions.</summary>
    public TimeSpan? Lifetime { get; init; }
}

/// <summary>The renewal window of one certificate (RFC 9773) and the moment chosen in it, kept so that a restart chooses no other.</summary>
internal sealed record RenewalState
{
    public required string CertificateIdentifier { get; init; }

    public DateTimeOffset? Start { get; init; }

    public DateTimeOffset? End { get; init; }

    public DateTimeOffset? Chosen { get; init; }

    public required DateTimeOffset NextPoll { get; init; }
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, WriteIndented = true,
    RespectNullableAnnotations = true)]
[JsonSerializable(typeof(AcmeState))]
internal sealed partial class AcmeStateJson : JsonSerializerContext;
