using System.Security.Cryptography.X509Certificates;

namespace IssuerGateway.Checking.Exchange;

/// <summary>Where and as whom to exchange the token.</summary>
public sealed record ExchangeRequest
{
    public static Uri PublicCloud { get; } = new("https://login.microsoftonline.com");

    public required string Tenant { get; init; }

    public required string ClientId { get; init; }

    /// <summary>The login endpoint; another one for a sovereign cloud.</summary>
    public Uri Endpoint { get; init; } = PublicCloud;

    /// <summary>The roots that its certificate has to lead to. Null, as always outside tests, for those of the system: the token is sent there.</summary>
    internal X509Certificate2Collection? Roots { get; init; }

    public string Scope { get; init; } = "https://graph.microsoft.com/.default";
}
