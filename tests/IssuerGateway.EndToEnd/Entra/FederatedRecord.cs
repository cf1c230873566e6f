using IssuerGateway.Issuers;

namespace IssuerGateway.EndToEnd.Entra;

/// <summary>A federated credential as the token endpoint finds it in the directory.</summary>
internal sealed record FederatedRecord(string Issuer, string Subject, string Audience);
