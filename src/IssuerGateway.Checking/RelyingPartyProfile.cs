namespace IssuerGateway.Checking;

/// <summary>What one relying party accepts, from its documentation (README "Check").</summary>
public sealed record RelyingPartyProfile
{
    public required string Name { get; init; }

    /// <summary>Signature algorithms of tokens; empty for any.</summary>
    public required IReadOnlyList<string> Algorithms { get; init; }

    /// <summary>The audience that tokens must carry when none is given.</summary>
    public required string? DefaultAudience { get; init; }

    /// <summary>Longest time that the party waits for a document.</summary>
    public required TimeSpan Patience { get; init; }

    /// <summary>Whether it fetches from the internet, so that private addresses and private CAs cannot work.</summary>
    public required bool IsPublic { get; init; }

    public bool RequiresKeyId { get; init; }

    public bool RefusesPort { get; init; }

    /// <summary>Most characters of issuer, subject and audience; none known when null.</summary>
    public int? LongestClaim { get; init; }

    /// <summary>Longest <c>exp - iat</c>; none known when null.</summary>
    public TimeSpan? LongestLifetime { get; init; }

    private static readonly RelyingPartyProfile[] all =
    [
        new()
        {
            Name = "entra",
            Algorithms = ["RS256"],
            DefaultAudience = "api://AzureADTokenExchange",
            Patience = TimeSpan.FromSeconds(5),
            IsPublic = true,
            LongestClaim = 600,
            LongestLifetime = TimeSpan.FromHours(25),
        },
        new() { Name = "aws", Algorithms = ["RS256", "ES256"], DefaultAudience = "sts.amazonaws.com", Patience = TimeSpan.FromSeconds(5), IsPublic = true, RefusesPort = true },
        new() { Name = "google", Algorithms = ["RS256", "ES256"], DefaultAudience = null, Patience = TimeSpan.FromSeconds(5), IsPublic = true, RequiresKeyId = true },
        new() { Name = "vault", Algorithms = [], DefaultAudience = null, Patience = TimeSpan.FromSeconds(30), IsPublic = false },
        new() { Name = "generic", Algorithms = [], DefaultAudience = null, Patience = TimeSpan.FromSeconds(30), IsPublic = true },
    ];

    public static IReadOnlyList<string> Names { get; } = [.. all.Select(profile => profile.Name)];

    public static RelyingPartyProfile? Find(string name) => all.FirstOrDefault(profile => profile.Name == name);
}
