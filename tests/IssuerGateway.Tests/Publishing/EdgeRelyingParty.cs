using System.Net;
using System.Text.Json.Nodes;
using IssuerGateway.Demo.StandIn;
using IssuerGateway.Tests.Edge;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace IssuerGateway.Tests.Publishing;

/// <summary>
/// The edge on a real Kestrel in front of one publisher, and a relying party behind it: it fetches the discovery document,
/// follows jwks_uri, and validates tokens with Microsoft.IdentityModel.
/// </summary>
internal sealed class EdgeRelyingParty : IAsyncDisposable
{
    private readonly EdgeFixture edge;
    private readonly string issuer;
    private readonly HttpClient http;

    // A token is validated again when the keys change, and not at each step.
    private readonly Dictionary<(string Keys, ServiceAccountKey Signer), bool> verdicts = [];

    private EdgeRelyingParty(EdgeFixture edge, string issuer)
    {
        this.edge = edge;
        this.issuer = issuer;
        http = new HttpClient(new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false }) { BaseAddress = new Uri($"http://127.0.0.1:{edge.Port}") };
        http.DefaultRequestHeaders.Host = new Uri(issuer).Host;
    }

    public static async Task<EdgeRelyingParty> StartAsync(PublisherFixture gateway) =>
        new(await EdgeFixture.BeforeAsync(gateway.Issuer, gateway.Published), gateway.Issuer.Identifier.Value);

    /// <summary>The keys whose tokens it rejects; all of them while the edge serves nothing.</summary>
    public async Task<string[]> RejectedAsync(IEnumerable<ServiceAccountKey> signers)
    {
        string? keys = await KeysAsync();
        List<string> rejected = [];
        foreach (ServiceAccountKey signer in signers)
        {
            if (keys is null || !await IsAcceptedAsync(keys, signer))
            {
                rejected.Add(signer.KeyId);
            }
        }

        return [.. rejected];
    }

    public async ValueTask DisposeAsync()
    {
        http.Dispose();
        await edge.StopAsync();
    }

    private async Task<string?> KeysAsync()
    {
        if (await GetAsync("/.well-known/openid-configuration") is not { } discovery)
        {
            return null;
        }

        JsonNode document = JsonNode.Parse(discovery)!;
        Assert.Equal(issuer, (string?)document["issuer"]);
        string keys = (string)document["jwks_uri"]!;
        Assert.StartsWith(issuer, keys, StringComparison.Ordinal);
        return await GetAsync(keys[issuer.Length..]);
    }

    private async Task<string?> GetAsync(string path)
    {
        using HttpResponseMessage response = await http.GetAsync(new Uri(path, UriKind.Relative));
        return response.StatusCode == HttpStatusCode.OK ? await response.Content.ReadAsStringAsync() : null;
    }

    private async Task<bool> IsAcceptedAsync(string keys, ServiceAccountKey signer)
    {
        if (!verdicts.TryGetValue((keys, signer), out bool isAccepted))
        {
            TokenValidationResult result = await new JsonWebTokenHandler().ValidateTokenAsync(Token(signer), new TokenValidationParameters
            {
                ValidIssuer = issuer,
                ValidAudience = "api://AzureADTokenExchange",
                ValidAlgorithms = [signer.Algorithm.ToString()],
                IssuerSigningKeys = JsonWebKeySet.Create(keys).GetSigningKeys(),
                TryAllIssuerSigningKeys = false,
                ValidateLifetime = false,
            });
            verdicts[(keys, signer)] = isAccepted = result.IsValid;
        }

        return isAccepted;
    }

    private string Token(ServiceAccountKey signer) => TokenMint.Sign(signer,
        $$"""{"alg":"{{signer.Algorithm}}","kid":"{{signer.KeyId}}"}""",
        $$"""{"aud":["api://AzureADTokenExchange"],"iss":"{{issuer}}","sub":"system:serviceaccount:default:azure-demo","iat":1,"exp":4102444800}""");
}
