using System.Buffers.Text;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;

namespace IssuerGateway.Tests.Tls.Issuance.Simulation;

/// <summary>A CA without a network, by the true time. Signatures and nonces are checked by StandInCa and Pebble; here it is about when.</summary>
internal class SimulatedCa(SimulatedWorld world) : HttpMessageHandler
{
    public const string Base = "https://ca.example.test";

    // One for all schedules: making its keys takes longer than a schedule.
    private static readonly TestCa ca = new("Simulated", SimulatedWorld.Start);

    private readonly List<(string Status, string? Chain)> orders = [];

    public int Orders => orders.Count;

    public List<DateTimeOffset> Issued { get; } = [];

    /// <summary>As if the last order had been validated before.</summary>
    public void MakeReady() => orders[^1] = orders[^1] is ("pending", _) ? ("ready", null) : orders[^1];

    /// <summary>A certificate as the CA would issue it at that moment.</summary>
    public static (string Chain, string Key) Issue(string name, DateTimeOffset notBefore, TimeSpan lifetime) => ca.Issue([name], notBefore, notBefore + lifetime);

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (world.Is(FaultKind.CaDown))
        {
            throw new HttpRequestException("connection refused");
        }

        string[] path = request.RequestUri!.AbsolutePath.Split('/')[1..];
        JsonNode? payload = null;
        if (request.Content is { } content)
        {
            string encoded = (string)JsonNode.Parse(await content.ReadAsStringAsync(cancellationToken))!["payload"]!;
            payload = encoded.Length == 0 ? null : JsonNode.Parse(Base64Url.DecodeFromUtf8(Encoding.ASCII.GetBytes(encoded)));
        }

        HttpResponseMessage response = Response(path, payload);
        response.Headers.Add("Replay-Nonce", "bm9uY2U");
        response.Headers.Date = world.Now;
        return response;
    }

    private HttpResponseMessage Response(string[] path, JsonNode? payload)
    {
        if (path[0] != "directory" && world.Is(FaultKind.CaServerError))
        {
            return new HttpResponseMessage(HttpStatusCode.BadGateway) { Content = new StringContent("<html>") };
        }

        switch (path[0])
        {
            case "directory":
                return Json(200, new JsonObject
                {
                    ["newNonce"] = $"{Base}/nonce",
                    ["newAccount"] = $"{Base}/account",
                    ["newOrder"] = $"{Base}/new-order",
                    ["renewalInfo"] = world.Schedule.HasRenewalInfo ? $"{Base}/ari" : null,
                });
            case "account":
                return Json(201, new JsonObject { ["status"] = "valid" }, "/account/1");
            case "new-order":
                return NewOrder();
            case "order":
                return Json(200, OrderOf(int.Parse(path[1])));
            case "authz":
                return Json(200, AuthorizationOf(int.Parse(path[1])));
            case "challenge":
                int challenged = int.Parse(path[1]);
                orders[challenged] = (world.Is(FaultKind.CaOrderInvalid) ? "invalid" : "ready", null);
                return Json(200, Challenge(challenged, path[2]));
            case "finalize":
                int finalized = int.Parse(path[1]);
                orders[finalized] = ("valid", Sign((string)payload!["csr"]!));
                return Json(200, OrderOf(finalized));
            case "certificate":
                return new HttpResponseMessage(HttpStatusCode.OK) { Content = new StringContent(orders[int.Parse(path[1])].Chain!, Encoding.ASCII, "application/pem-certificate-chain") };
            case "ari":
                return RenewalInfo();
            default:
                return new HttpResponseMessage(HttpStatusCode.OK);
        }
    }

    private HttpResponseMessage NewOrder()
    {
        if (world.Active(FaultKind.CaRateLimited).FirstOrDefault() is { } limited)
        {
            TimeSpan wait = TimeSpan.FromSeconds(Math.Ceiling(Math.Min(world.Schedule.Lifetime.TotalSeconds / 4, 2 * 86400) * limited.Amount) + 1);
            world.LeaveAloneUntil = world.Now + wait > world.LeaveAloneUntil ? world.Now + wait : world.LeaveAloneUntil;
            HttpResponseMessage response = Json(429, new JsonObject { ["type"] = "urn:ietf:params:acme:error:rateLimited", ["detail"] = "too many" });
            response.Headers.Add("Retry-After", $"{(int)wait.TotalSeconds}");
            return response;
        }

        orders.Add(("pending", null));
        return Json(201, OrderOf(orders.Count - 1), $"/order/{orders.Count - 1}");
    }

    private HttpResponseMessage RenewalInfo()
    {
        DateTimeOffset issued = Issued.Count > 0 ? Issued[^1] : world.Now;
        DateTimeOffset start = world.Is(FaultKind.CaWindowInThePast) ? world.Now.AddDays(-2) : issued + (world.Schedule.Lifetime * 0.6);
        HttpResponseMessage response = Json(200, new JsonObject
        {
            ["suggestedWindow"] = new JsonObject { ["start"] = start.ToString("o"), ["end"] = (start + (world.Schedule.Lifetime / 50)).ToString("o") },
        });
        response.Headers.Add("Retry-After", "21600");
        return response;
    }

    private string Sign(string csr)
    {
        CertificateRequest request = CertificateRequest.LoadSigningRequest(
            Base64Url.DecodeFromChars(csr), HashAlgorithmName.SHA256, CertificateRequestLoadOptions.UnsafeLoadCertificateExtensions, RSASignaturePadding.Pkcs1);
        Issued.Add(world.Now);
        TimeSpan backdated = world.Schedule.Lifetime > TimeSpan.FromHours(10) ? TimeSpan.FromHours(1) : world.Schedule.Lifetime / 10;
        return ca.Issue(new CertificateRequest(request.SubjectName, request.PublicKey, HashAlgorithmName.SHA256), [AcmeFixture.Host], world.Now - backdated, world.Now - backdated + world.Schedule.Lifetime);
    }

    private JsonObject OrderOf(int number) => new()
    {
        ["status"] = orders[number].Status,
        ["authorizations"] = new JsonArray($"{Base}/authz/{number}"),
        ["finalize"] = $"{Base}/finalize/{number}",
        ["certificate"] = orders[number].Status == "valid" ? $"{Base}/certificate/{number}" : null,
    };

    private JsonObject AuthorizationOf(int number) => new()
    {
        ["identifier"] = new JsonObject { ["type"] = "dns", ["value"] = AcmeFixture.Host },
        ["status"] = orders[number].Status switch { "pending" => "pending", "invalid" => "invalid", _ => "valid" },
        ["challenges"] = new JsonArray(Challenge(number, "http-01"), Challenge(number, "tls-alpn-01")),
    };

    private static JsonObject Challenge(int number, string type) => new()
    {
        ["type"] = type,
        ["url"] = $"{Base}/challenge/{number}/{type}",
        ["status"] = "pending",
        ["token"] = $"{type}-{number}-{new string('x', 30)}".Replace(".", "", StringComparison.Ordinal),
    };

    private static HttpResponseMessage Json(int status, JsonNode body, string? location = null)
    {
        HttpResponseMessage response = new((HttpStatusCode)status) { Content = new StringContent(body.ToJsonString(), Encoding.UTF8, status >= 400 ? "application/problem+json" : "application/json") };
        response.Headers.Location = location is null ? null : new Uri(Base + location);
        return response;
    }
}
