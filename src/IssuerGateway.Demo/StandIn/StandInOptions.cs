namespace IssuerGateway.Demo.StandIn;

/// <summary>How the stand-in cluster is set up; the names in brackets are the API server's flags.</summary>
internal sealed record StandInOptions
{
    /// <summary>The issuer that signs and that the discovery document names [--service-account-issuer, the first].</summary>
    public string Issuer { get; init; } = "https://issuer.example.test";

    /// <summary>Issuers that are only accepted [--service-account-issuer, the others].</summary>
    public IReadOnlyList<string> FurtherIssuers { get; init; } = [];

    /// <summary>The advertised jwks_uri [--service-account-jwks-uri]; the default is the private address that an unset flag leads to.</summary>
    public string JwksUri { get; init; } = "https://192.0.2.10:6443/openid/v1/jwks";

    /// <summary>The max-age of both documents; an external signer can make it 0.</summary>
    public TimeSpan MaxAge { get; init; } = TimeSpan.FromHours(1);

    /// <summary>Number of API servers, each on a port of its own.</summary>
    public int Servers { get; init; } = 1;

    /// <summary>The published keys of every server [--service-account-key-file]; the first one signs. Empty: one new RS256 key.</summary>
    public IReadOnlyList<ServiceAccountKey> Keys { get; init; } = [];

    /// <summary>Whether system:service-account-issuer-discovery is bound to all ServiceAccounts, as it is until someone hardens the cluster.</summary>
    public bool ServiceAccountsMayReadKeys { get; init; } = true;

    /// <summary>Whether the gateway's ServiceAccount may list the EndpointSlices of the default namespace.</summary>
    public bool GatewayMayListEndpointSlices { get; init; } = true;

    /// <summary>The clock of tokens and of a slow drip.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;
}
