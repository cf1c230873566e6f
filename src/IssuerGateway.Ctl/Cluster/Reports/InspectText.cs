using IssuerGateway.Ctl.Cluster.Inspection;

namespace IssuerGateway.Ctl.Cluster.Reports;

/// <summary>An inspection for a person.</summary>
internal static class InspectText
{
    public static string Write(InspectReport report, ReportWriter writer)
    {
        writer.Heading(1, $"{report.DistributionName}{(report.DistributionVersion is { } version ? $" {version}" : "")}");
        foreach (string evidence in report.Evidence)
        {
            writer.Value("Evidence", evidence);
        }

        writer.Value("Kubernetes", report.KubernetesVersion ?? "unknown");
        writer.Value("API servers", $"{(report.ServerCount is { } count ? count : "unknown")} ({report.Nodes.Count} control-plane nodes, {report.Servers.Count} with flags, {(report.IdentityLeases is { } leases ? leases : "unknown")} identity Leases, {report.Endpoints.Count} endpoints)");
        writer.Value("Configuration", report.ConfigurationSource ?? "not in the cluster, or not readable");
        foreach (InspectedServer server in report.Servers)
        {
            Server(server, writer);
        }

        foreach (PublishedDocuments documents in report.Discovery)
        {
            Documents(documents, writer);
        }

        PlanReport.Findings(report.Findings, writer);
        return writer.ToString();
    }

    private static void Server(InspectedServer server, ReportWriter writer)
    {
        writer.Heading(2, server.Name);
        writer.Value("Read from", server.ReadFrom);
        writer.Value("Endpoint", server.Endpoint ?? "unknown");
        writer.Value("Version", server.Version ?? "unknown");
        if (server.Flags is null)
        {
            writer.Value("Flags", "could not be read");
            return;
        }

        writer.Value("Issuers", server.Issuers is { } issuers ? string.Join(", then ", issuers) : "unknown");
        writer.Value("Audiences", server.Audiences is { } audiences ? string.Join(", ", audiences) : "not set: all issuers, in order");
        writer.Value("jwks_uri", server.KeySetUri ?? "not set: the server's own address");
        writer.Value("Key files", server.KeyFiles is { Count: > 0 } files ? string.Join(", ", files) : "unknown");
        writer.Value("Signing key", server.SigningEndpoint is { } endpoint ? $"external signer at {endpoint}" : server.SigningKeyFile ?? "unknown");
    }

    private static void Documents(PublishedDocuments documents, ReportWriter writer)
    {
        writer.Heading(2, $"Published by {documents.Server}");
        writer.Value("Issuer", documents.Issuer ?? "unknown");
        writer.Value("jwks_uri", documents.KeySetUri ?? "unknown");
        writer.Value("Algorithms", documents.Algorithms.Count > 0 ? string.Join(", ", documents.Algorithms) : "unknown");
        writer.Value("Keys", documents.Keys.Count > 0 ? $"{documents.Keys.Count}: {string.Join(", ", documents.Keys.Select(key => $"{key.KeyId} ({key.KeyType})"))}" : "unknown");
        writer.Value("Anonymous", $"discovery document {Open(documents.AnonymousDiscovery)}, JWK Set {Open(documents.AnonymousKeySet)}");
    }

    private static string Open(int? status) => status switch
    {
        null => "not tried",
        200 => "open to everyone",
        _ => $"closed ({status})",
    };
}
