namespace IssuerGateway.Demo.RelyingParty;

/// <summary>What an administrator of the relying party has entered: which tokens of which issuer stand for the application.</summary>
internal sealed record FederatedCredential(string Issuer, string Subject, string Audience);
