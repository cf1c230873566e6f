namespace IssuerGateway.Checking.Rules;

/// <summary>What one relying party accepts, as far as it can be expressed in values; everything else is in the rule table.</summary>
public sealed record RelyingParty
{
    public required string Id { get; init; }

    /// <summary>The name in sentences.</summary>
    public required string Name { get; init; }

    /// <summary>Signature algorithms of tokens; empty when any asymmetric one of RFC 7518 is accepted or none is documented.</summary>
    public IReadOnlyList<string> Algorithms { get; init; } = [];

    /// <summary>Whether the party selects keys by type and ignores their <c>alg</c>.</summary>
    public bool IgnoresKeyAlgorithm { get; init; }

    /// <summary>The audience of tokens for this party; one that starts with <c>//</c> is a prefix.</summary>
    public string? Audience { get; init; }

    /// <summary>Whether a token with further audiences is rejected.</summary>
    public bool RequiresSingleAudience { get; init; }

    /// <summary>How long the party waits for a document; null when there is no limit or none is known.</summary>
    public TimeSpan? FetchTimeout { get; init; }

    /// <summary>The wait to be expected of a party of which none is documented: a reason to warn, none to call a response too slow.</summary>
    public TimeSpan? ExpectedWait { get; init; }

    /// <summary>Whether it is known to wait for a response without a limit of its own.</summary>
    public bool WaitsWithoutLimit { get; init; }

    /// <summary>A party of which nothing is known waits no longer than this for a document.</summary>
    private static readonly TimeSpan longestWait = TimeSpan.FromSeconds(20);

    /// <summary>How long nothing has to come until the party is said to give up on a document; null for one that never does.</summary>
    public TimeSpan? GivesUpAfter => ExpectedWait ?? LongestWait;

    /// <summary>How long it might wait at most; null for one that waits without a limit.</summary>
    public TimeSpan? LongestWait => FetchTimeout ?? (WaitsWithoutLimit ? null : longestWait);

    /// <summary>Whether it fetches from the internet, so that private addresses and private CAs cannot work.</summary>
    public bool IsPublic { get; init; } = true;

    public bool FollowsRedirects { get; init; }

    /// <summary>Whether it fetches with Go's net/http and reads keys with go-jose, as both were read in the source.</summary>
    public bool IsWrittenInGo { get; init; }

    /// <summary>How far a clock may differ at <c>exp</c>.</summary>
    public TimeSpan ExpirySkew { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>How far a clock may differ at <c>nbf</c>, and at <c>iat</c> where that is compared.</summary>
    public TimeSpan StartSkew { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>Whether it is known how far a clock may differ; where it is not, the two skews are what others have.</summary>
    public bool HasKnownSkew { get; init; }

    /// <summary>Whether <c>iat</c> is compared with the clock; null when nobody knows.</summary>
    public bool? ComparesIssuedAt { get; init; }

    /// <summary>Claims that a token must carry.</summary>
    public IReadOnlyList<string> RequiredClaims { get; init; } = ["iss", "exp"];

    /// <summary>Whether the party, which has no audience of its own, compares <c>aud</c> with one that was registered, whatever that is.</summary>
    public bool RequiresAudience { get; init; }

    /// <summary>Whether a token without <c>aud</c> is accepted where no audience is bound.</summary>
    public bool AcceptsUnboundAudience { get; init; }

    /// <summary>Longest <c>exp - iat</c>; null when there is no limit.</summary>
    public TimeSpan? MaxLifetime { get; init; }

    /// <summary>Longest time from now until <c>exp</c>; null when there is no limit.</summary>
    public TimeSpan? MaxExpiry { get; init; }

    public int? MaxIssuerCharacters { get; init; }

    public int? MaxSubjectBytes { get; init; }

    public int? MaxSubjectCharacters { get; init; }

    public int? MaxAudienceCharacters { get; init; }

    public int? MaxTokenCharacters { get; init; }

    /// <summary>Keys of one type beyond this number are not used; null when there is no limit.</summary>
    public int? MaxKeysPerType { get; init; }

    public int? MaxKeys { get; init; }

    /// <summary>Whether every key is tried for a token without <c>kid</c>.</summary>
    public bool TriesEveryKey { get; init; }

    /// <summary>Whether the issuer must be on the default port.</summary>
    public bool RequiresDefaultPort { get; init; }

    /// <summary>What is not known of a party whose profile is incomplete; null for a complete one.</summary>
    public string? Unknown { get; init; }

    private static readonly string[] ecAndRsa = ["RS256", "RS384", "RS512", "ES256", "ES384", "ES512"];
    private static readonly string[] goJose = [.. ecAndRsa, "PS256", "PS384", "PS512"];

    private static readonly RelyingParty vault = new()
    {
        Id = "vault",
        Name = "HashiCorp Vault",
        Algorithms = [.. goJose, "EdDSA"],
        IgnoresKeyAlgorithm = true,
        IsPublic = false,
        WaitsWithoutLimit = true,
        FollowsRedirects = true,
        IsWrittenInGo = true,
        ExpirySkew = TimeSpan.FromSeconds(60),
        StartSkew = TimeSpan.FromSeconds(60),
        HasKnownSkew = true,
        ComparesIssuedAt = true,

        // Its user_claim, as trust registers it; the times are compared on their own (GoTimes).
        RequiredClaims = ["sub"],
        AcceptsUnboundAudience = true,
        TriesEveryKey = true,
    };

    /// <summary>Every profile, in the order of the documentation.</summary>
    public static IReadOnlyList<RelyingParty> All { get; } =
    [
        new()
        {
            Id = "entra",
            Name = "Microsoft Entra ID",
            Algorithms = ["RS256"],
            Audience = "api://AzureADTokenExchange",
            RequiresSingleAudience = true,
            ExpectedWait = TimeSpan.FromSeconds(5),
            RequiredClaims = ["iss", "sub", "aud", "iat", "exp"],
            MaxLifetime = TimeSpan.FromHours(25),
            MaxIssuerCharacters = 600,
            MaxSubjectCharacters = 600,
            MaxAudienceCharacters = 600,
            MaxKeys = 100,
        },
        new()
        {
            Id = "aws",
            Name = "AWS IAM",
            Algorithms = ecAndRsa,
            IgnoresKeyAlgorithm = true,
            Audience = "sts.amazonaws.com",
            RequiresSingleAudience = true,
            FetchTimeout = TimeSpan.FromSeconds(5),
            HasKnownSkew = true,
            ComparesIssuedAt = true,
            RequiredClaims = ["iss", "sub", "aud", "iat", "exp"],
            MaxTokenCharacters = 20_000,
            MaxKeysPerType = 100,
        },
        new()
        {
            Id = "google",
            Name = "Google Cloud",
            Algorithms = ["RS256", "ES256"],
            Audience = "//iam.googleapis.com/projects/",
            ComparesIssuedAt = true,
            RequiredClaims = ["iss", "sub", "aud", "iat", "exp"],
            MaxLifetime = TimeSpan.FromHours(48) - TimeSpan.FromTicks(1),
            MaxSubjectBytes = 127,
            MaxAudienceCharacters = 256,
        },
        vault,
        vault with { Id = "openbao", Name = "OpenBao" },
        new()
        {
            Id = "kubernetes",
            Name = "Kubernetes (another cluster)",
            Algorithms = goJose,
            IgnoresKeyAlgorithm = true,
            FetchTimeout = TimeSpan.FromSeconds(30),
            IsPublic = false,
            FollowsRedirects = true,
            IsWrittenInGo = true,
            ExpirySkew = TimeSpan.Zero,
            StartSkew = TimeSpan.FromMinutes(1),
            HasKnownSkew = true,
            ComparesIssuedAt = false,
            RequiredClaims = ["iss", "sub", "aud", "exp"],
            TriesEveryKey = true,
        },

        // RFC 7519 §4.1.6: iat says how old a token is, and asks nobody to reject it.
        new() { Id = "generic", Name = "A relying party that follows the standards", ComparesIssuedAt = false },
        new()
        {
            Id = "anthropic",
            Name = "Anthropic",
            RequiredClaims = ["iss", "iat", "exp"],
            MaxLifetime = TimeSpan.FromSeconds(176_400),
            RequiresDefaultPort = true,
            Unknown = "the algorithms, the documents and the error texts are not documented",
        },
        new() { Id = "openai", Name = "OpenAI", RequiresAudience = true, Unknown = "only the comparison of the issuer is documented" },

        // Both are registered with the subject of the token.
        new() { Id = "snowflake", Name = "Snowflake", Audience = "snowflakecomputing.com", RequiredClaims = ["iss", "sub", "exp"], MaxSubjectCharacters = 255, Unknown = "the algorithms, the documents and the error texts are not documented" },
        new() { Id = "databricks", Name = "Databricks", Algorithms = ["RS256", "ES256"], RequiredClaims = ["iss", "sub", "exp"], RequiresAudience = true, Unknown = "the documents and the error texts are not documented" },
        new()
        {
            Id = "keycloak",
            Name = "Keycloak",
            IsPublic = false,
            RequiresSingleAudience = true,
            ExpirySkew = TimeSpan.Zero,
            StartSkew = TimeSpan.Zero,
            HasKnownSkew = true,
            RequiresAudience = true,
            MaxExpiry = TimeSpan.FromSeconds(3600),
            Unknown = "read in the source for keys and tokens only; the error texts are not recorded",
        },
    ];

    /// <summary>Whether tokens of this algorithm can be accepted; where none is documented, every asymmetric one may be.</summary>
    public bool Accepts(string? algorithm) => Algorithms.Count > 0 ? Algorithms.Contains(algorithm ?? "") : IsAsymmetric(algorithm);

    // RFC 8725 §3.1: none and the symmetric ones can never prove who issued a token. RFC 7518 §3.1.
    private static bool IsAsymmetric(string? algorithm) => algorithm is ['R' or 'E' or 'P', 'S', _, _, _] or "EdDSA" or "Ed25519" or "Ed448" or ['M', 'L', '-', 'D', 'S', 'A', '-', ..];

    public static IReadOnlyList<string> Ids { get; } = [.. All.Select(party => party.Id)];

    public static RelyingParty? Find(string id) => All.FirstOrDefault(party => party.Id == id);
}
