using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace IssuerGateway.Demo.StandIn;

/// <summary>
/// A Kubernetes 1.36 cluster as far as an issuer gateway can see: API servers on loopback with TLS of the cluster's CA,
/// users, ServiceAccounts, and tokens signed like real ones. The only thing in this repository that can mint.
/// </summary>
internal sealed class StandInCluster : IAsyncDisposable
{
    private readonly ConcurrentDictionary<string, ClusterUser> staticTokens = new();
    private readonly ConcurrentDictionary<string, MintedToken> mintedTokens = new();
    private readonly ConcurrentDictionary<(string Namespace, string Name), ServiceAccount> accounts = new();
    private readonly ImmutableArray<(Guid Schema, Guid Level)> flows = [.. Enumerable.Range(0, 3).Select(_ => (Guid.NewGuid(), Guid.NewGuid()))];
    private readonly ImmutableArray<string> issuers;

    private StandInCluster(StandInOptions options)
    {
        Time = options.Time;
        ServiceAccountsMayReadKeys = options.ServiceAccountsMayReadKeys;
        GatewayMayListEndpointSlices = options.GatewayMayListEndpointSlices;
        issuers = [options.Issuer, .. options.FurtherIssuers];
        ImmutableList<ServiceAccountKey> keys = options.Keys is [] ? [ServiceAccountKey.Create()] : [.. options.Keys];
        Servers = [.. Enumerable.Range(0, options.Servers).Select(_ => new StandInApiServer(this, options, keys))];
        Gateway = AddAccount("default", "issuer-gateway");
        AdministratorToken = AddUser("admin", isAdministrator: true);
        UnboundUserToken = AddUser("plain");
    }

    public ClusterCa Ca { get; } = new();

    public TimeProvider Time { get; }

    public IReadOnlyList<StandInApiServer> Servers { get; }

    /// <summary>The first server; the only one unless more were requested.</summary>
    public StandInApiServer Server => Servers[0];

    /// <summary>The ServiceAccount that the gateway runs as.</summary>
    public ServiceAccount Gateway { get; }

    /// <summary>The bearer token of a member of system:masters: may do everything, TokenRequest included.</summary>
    public string AdministratorToken { get; }

    /// <summary>The bearer token of user "plain", who is in no group but system:authenticated.</summary>
    public string UnboundUserToken { get; }

    public bool ServiceAccountsMayReadKeys { get; set; }

    public bool GatewayMayListEndpointSlices { get; set; }

    public static async Task<StandInCluster> StartAsync(StandInOptions? options = null, CancellationToken cancellationToken = default)
    {
        StandInCluster cluster = new(options ?? new StandInOptions());
        foreach (StandInApiServer server in cluster.Servers)
        {
            await server.StartAsync(cancellationToken);
        }

        return cluster;
    }

    /// <summary>Adds a user of a static token file and returns the token.</summary>
    public string AddUser(string name, bool isAdministrator = false)
    {
        string token = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));
        staticTokens[token] = new ClusterUser(name, isAdministrator);
        return token;
    }

    public ServiceAccount AddAccount(string space, string name) =>
        accounts.GetOrAdd((space, name), key => new ServiceAccount(key.Namespace, key.Name, Guid.NewGuid()));

    public ServiceAccount? FindAccount(string space, string name) => accounts.GetValueOrDefault((space, name));

    /// <summary>From now on the token gets 401 everywhere, as after its expiry.</summary>
    public void Revoke(string token)
    {
        staticTokens.TryRemove(token, out _);
        mintedTokens.TryRemove(token, out _);
    }

    /// <summary>Publishes a new key on every server; the first step of a rotation.</summary>
    public ServiceAccountKey AddKey(SigningAlgorithm algorithm = SigningAlgorithm.RS256)
    {
        ServiceAccountKey key = ServiceAccountKey.Create(algorithm);
        foreach (StandInApiServer server in Servers)
        {
            server.AddKey(key);
        }

        return key;
    }

    /// <summary>Signs with the key on every server; the third step of a rotation, after the caches' time.</summary>
    public void SignWith(ServiceAccountKey key)
    {
        foreach (StandInApiServer server in Servers)
        {
            server.SignWith(key);
        }
    }

    /// <summary>Withdraws the key from every server; the last step of a rotation.</summary>
    public void RemoveKey(ServiceAccountKey key)
    {
        foreach (StandInApiServer server in Servers)
        {
            server.RemoveKey(key);
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (StandInApiServer server in Servers)
        {
            await server.DisposeAsync();
        }

        Ca.Dispose();
    }

    /// <summary>Makes a minted token one that the API servers know again.</summary>
    public MintedToken Remember(MintedToken token)
    {
        mintedTokens[token.Text] = token;
        return token;
    }

    /// <summary>Flow schema and priority level as API Priority and Fairness sorts the user: exempt, service-accounts, global-default.</summary>
    public (Guid Schema, Guid Level) FlowOf(ClusterUser user) => flows[user.IsAdministrator ? 0 : user.IsServiceAccount ? 1 : 2];

    public ClusterUser? Authenticate(HttpContext context, StandInApiServer server)
    {
        X509Certificate2? certificate = context.Features.Get<ITlsConnectionFeature>()?.ClientCertificate;
        if (certificate is not null && Ca.HasIssued(certificate))
        {
            return new ClusterUser(certificate.GetNameInfo(X509NameType.SimpleName, forIssuer: false), certificate.Subject.Contains("O=system:masters", StringComparison.Ordinal));
        }

        string authorization = context.Request.Headers.Authorization.ToString();
        return authorization.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase) ? UserOf(authorization["Bearer ".Length..].Trim(), server) : null;
    }

    private ClusterUser? UserOf(string token, StandInApiServer server) =>
        staticTokens.GetValueOrDefault(token) ?? (mintedTokens.GetValueOrDefault(token) is { } minted && IsGood(minted, server) ? new ClusterUser(minted.Account.Subject) : null);

    // The API server checks what any relying party checks, against its own published keys; its audience is its first issuer.
    private bool IsGood(MintedToken token, StandInApiServer server) =>
        server.Keys.Contains(token.Key) && token.Audiences.Any(audience => issuers.Contains(audience) || audience == server.Issuer) && Time.GetUtcNow() < token.Expires;
}
