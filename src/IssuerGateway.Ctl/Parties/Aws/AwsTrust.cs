using System.Text.Json.Nodes;

namespace IssuerGateway.Ctl.Parties.Aws;

/// <summary>An IAM identity provider for the issuer, and a role that one service account may assume.</summary>
internal sealed record AwsTrust
{
    public required Workload Workload { get; init; }

    public required string Account { get; init; }

    public required string Partition { get; init; }

    public required string Role { get; init; }

    public required string Region { get; init; }

    public required IReadOnlyList<string> Policies { get; init; }

    /// <summary>The issuer without scheme: the name of the provider, and the prefix of the keys of its conditions.</summary>
    public string ProviderName => Workload.Issuer.Value["https://".Length..];

    public string ProviderArn => $"arn:{Partition}:iam::{Account}:oidc-provider/{ProviderName}";

    public string RoleArn => $"arn:{Partition}:iam::{Account}:role/{Role}";

    /// <summary>Without the condition on <c>sub</c> every pod of the cluster could assume the role.</summary>
    public JsonObject TrustPolicy(JsonNode providerArn) => new()
    {
        ["Version"] = "2012-10-17",
        ["Statement"] = new JsonArray(new JsonObject
        {
            ["Effect"] = "Allow",
            ["Principal"] = new JsonObject { ["Federated"] = providerArn },
            ["Action"] = "sts:AssumeRoleWithWebIdentity",
            ["Condition"] = new JsonObject
            {
                ["StringEquals"] = new JsonObject { [$"{ProviderName}:aud"] = Workload.Audience, [$"{ProviderName}:sub"] = Workload.Subject },
            },
        }),
    };
}
