using System.Text.Json.Nodes;

namespace IssuerGateway.Ctl.Parties.Google;

/// <summary>A workload identity pool with a provider for the issuer, which admits one service account.</summary>
internal sealed record GoogleTrust
{
    public required Workload Workload { get; init; }

    public required string Project { get; init; }

    public required string ProjectNumber { get; init; }

    public required string Pool { get; init; }

    public required string Provider { get; init; }

    /// <summary>Whether tokens carry another audience than the provider's own, which then has to be allowed.</summary>
    public required bool HasOwnAudience { get; init; }

    /// <summary>The service account of Google that the workload impersonates; absent: it is given rights as itself.</summary>
    public required string? GoogleAccount { get; init; }

    /// <summary>A file with the key set, for an issuer that Google cannot reach; absent: discovery.</summary>
    public required string? UploadedKeys { get; init; }

    public string PoolName => $"projects/{ProjectNumber}/locations/global/workloadIdentityPools/{Pool}";

    /// <summary>The audience of the exchange, and of tokens when none is given.</summary>
    public static string AudienceOf(string projectNumber, string pool, string provider) =>
        $"//iam.googleapis.com/projects/{projectNumber}/locations/global/workloadIdentityPools/{pool}/providers/{provider}";

    public string ProviderAudience => AudienceOf(ProjectNumber, Pool, Provider);

    public string Principal => $"principal://iam.googleapis.com/{PoolName}/subject/{Workload.Subject}";

    /// <summary>Without it every pod of the cluster could exchange its token.</summary>
    public string Condition => $"assertion.sub == '{Workload.Subject}'";

    /// <summary>What Google's libraries read; the token is named by its file and never in it.</summary>
    public JsonObject Credentials()
    {
        JsonObject credentials = new()
        {
            ["type"] = "external_account",
            ["audience"] = ProviderAudience,
            ["subject_token_type"] = "urn:ietf:params:oauth:token-type:jwt",
            ["token_url"] = "https://sts.googleapis.com/v1/token",
            ["credential_source"] = new JsonObject { ["file"] = "/var/run/secrets/google/token", ["format"] = new JsonObject { ["type"] = "text" } },
        };
        if (GoogleAccount is not null)
        {
            credentials["service_account_impersonation_url"] = $"https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/{GoogleAccount}:generateAccessToken";
        }

        return credentials;
    }
}
