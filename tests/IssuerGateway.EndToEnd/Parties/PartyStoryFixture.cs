using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;
using IssuerGateway.Demo.StandIn;
using IssuerGateway.EndToEnd.Gateway;
using IssuerGateway.Tests.Ctl.Parties.Exchange;

namespace IssuerGateway.EndToEnd.Parties;

/// <summary>A stand-in cluster and the real gateway that publishes its issuer, under the name that the parties know.</summary>
public sealed class PartyStoryFixture : IAsyncLifetime
{
    private GatewayRun gateway = null!;

    internal GatewayFixture Gateway { get; private set; } = null!;

    internal ServiceAccountKey SigningKey => Gateway.Cluster.Server.Keys[0];

    public async ValueTask InitializeAsync()
    {
        Gateway = await GatewayFixture.StartAsync(issuer: ClusterTokens.Issuer);
        gateway = await Gateway.ServeUntilReadyAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await gateway.DisposeAsync();
        await Gateway.DisposeAsync();
    }

    internal static string Mint(ServiceAccountKey key, string audience, string space = "apps", string name = "shop", string issuer = ClusterTokens.Issuer, TimeSpan age = default) =>
        TokenMint.Mint(key, issuer, new ServiceAccount(space, name, Guid.NewGuid()), [audience], TimeProvider.System.GetUtcNow() - age, TimeSpan.FromHours(1)).Text;

    /// <summary>The key set as a party gets it: from the gateway, over TLS with the issuer's name.</summary>
    internal async Task<JsonArray> PublishedKeysAsync() => JsonNode.Parse(await PublishedAsync("/openid/v1/jwks"))!["keys"]!.AsArray().DeepClone().AsArray();

    internal async Task<string> PublishedAsync(string path)
    {
        using SocketsHttpHandler handler = new()
        {
            UseProxy = false,
            ConnectCallback = async (_, cancellationToken) =>
            {
                Socket socket = new(SocketType.Stream, ProtocolType.Tcp);
                await socket.ConnectAsync("127.0.0.1", Gateway.Port, cancellationToken);
                return new NetworkStream(socket, ownsSocket: true);
            },
        };
        X509ChainPolicy trust = new() { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        trust.CustomTrustStore.ImportFromPemFile(Gateway.RootFile);
        handler.SslOptions.CertificateChainPolicy = trust;
        using HttpClient party = new(handler);
        return await party.GetStringAsync(new Uri(ClusterTokens.Issuer + path));
    }

    /// <summary>The cluster publishes one more key, and the gateway has it.</summary>
    internal async Task<ServiceAccountKey> RotateAsync()
    {
        ServiceAccountKey added = Gateway.Cluster.AddKey();
        await gateway.SignalAsync("HUP");
        await GatewayFixture.WaitAsync(async () => (await PublishedAsync("/openid/v1/jwks")).Contains(added.KeyId, StringComparison.Ordinal), () => $"{added.KeyId} is not published\n{gateway.Output}\n{gateway.Error}");
        return added;
    }
}
