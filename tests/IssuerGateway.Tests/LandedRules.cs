using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;
using IssuerGateway.Tls.Issuance.Stores;

namespace IssuerGateway.Tests;

/// <summary>
/// How the build of 2026-11-25 wrote and read its state, kept as it was: its types, its order of members, and that its
/// readers of StateDirectory reject a member that they do not know. For upgrades and rollbacks.
/// </summary>
internal static class LandedRules
{
    private static readonly JsonSerializerOptions publishing = new()
    {
        WriteIndented = true,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
    };

    private static readonly JsonSerializerOptions acme = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        WriteIndented = true,
        RespectNullableAnnotations = true,
    };

    public sealed record Documents
    {
        public required int Version { get; init; }

        public required string Issuer { get; init; }

        public required DateTimeOffset ConfirmedAt { get; init; }

        public required double? MaxAgeSeconds { get; init; }

        public required byte[] Discovery { get; init; }

        public required byte[] KeySet { get; init; }

        public string Digest { get; init; } = "";
    }

    public sealed record HistoryEntry(DateTimeOffset FirstSeen, DateTimeOffset LastSeen, DateTimeOffset? Removed);

    public sealed record History(int Version, string Issuer, DateTimeOffset WatchingSince, Dictionary<string, HistoryEntry> Keys, string Digest = "");

    public sealed record AcmeState
    {
        public required int Version { get; init; }

        public required SortedDictionary<string, Account> Accounts { get; init; }

        public required SortedDictionary<string, Host> Hosts { get; init; }
    }

    public sealed record Account
    {
        public required string KeyPem { get; init; }

        public string? Url { get; init; }
    }

    public sealed record Host
    {
        public string? Directory { get; init; }

        public Order? Order { get; init; }

        public int Failures { get; init; }

        public DateTimeOffset? NotBefore { get; init; }

        public string? LastProblem { get; init; }

        public string? LastChallenge { get; init; }

        public IReadOnlyList<DateTimeOffset> Issued { get; init; } = [];

        public Issued? Certificate { get; init; }

        public Renewal? Renewal { get; init; }
    }

    public sealed record Order
    {
        public required string Url { get; init; }

        public required string AccountUrl { get; init; }

        public required string LeafKeyPem { get; init; }
    }

    public sealed record Issued
    {
        public required string Directory { get; init; }

        public required string AccountUrl { get; init; }

        public required string Thumbprint { get; init; }
    }

    public sealed record Renewal
    {
        public required string CertificateIdentifier { get; init; }

        public DateTimeOffset? Start { get; init; }

        public DateTimeOffset? End { get; init; }

        public DateTimeOffset? Chosen { get; init; }

        public required DateTimeOffset NextPoll { get; init; }
    }

    public static byte[] Write(Documents documents) => Write(documents with { Digest = DigestOf(documents with { Digest = "" }) }, publishing);

    public static byte[] Write(History history) => Write(history with { Digest = DigestOf(history with { Digest = "" }) }, publishing);

    public static byte[] Write(AcmeState state) => Write(state, acme);

    /// <summary>Null for what the landed build reported as unreadable.</summary>
    public static Documents? ReadDocuments(byte[] text) =>
        Read<Documents>(text, publishing) is { Version: 1 } read && read.Digest == DigestOf(read with { Digest = "" }) ? read : null;

    /// <summary>Null for what the landed build reported as unreadable.</summary>
    public static History? ReadKeyHistory(byte[] text) =>
        Read<History>(text, publishing) is { Version: 1 } read && read.Digest == DigestOf(read with { Digest = "" }) ? read : null;

    /// <summary>Null for what the landed build renamed away as damaged.</summary>
    public static AcmeState? ReadAcme(byte[] text) => Read<AcmeState>(text, acme) is { Version: 1 } read ? read : null;

    private static T? Read<T>(byte[] text, JsonSerializerOptions options)
        where T : class
    {
        try
        {
            return JsonSerializer.Deserialize<T>(text, options);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static byte[] Write<T>(T value, JsonSerializerOptions options) => JsonSerializer.SerializeToUtf8Bytes(value, options);

    private static string DigestOf<T>(T unsealed) => Convert.ToHexStringLower(SHA256.HashData(Write(unsealed, publishing)));
}
