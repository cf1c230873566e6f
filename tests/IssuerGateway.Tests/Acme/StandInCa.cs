using System.Buffers.Text;
using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;
using IssuerGateway.Acme;
using IssuerGateway.Tests.Tls;
using IssuerGateway.Demo.StandIn;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace IssuerGateway.Tests.Acme;

/// <summary>
/// A certification authority for what Pebble 2.4 lacks: renewal information, profiles, rate limits, long processing,
/// certificates that live by a fake clock. It checks every signature, nonce and URL as strictly as a real one.
/// </summary>
internal sealed class StandInCa : IAsyncDisposable
{
    private readonly WebApplication app;
    private readonly TestCa ca;
    private readonly ConcurrentDictionary<string, bool> nonces = new();
    private readonly ConcurrentDictionary<string, bool> connections = new();
    private readonly ConcurrentDictionary<string, JsonNode> accounts = new();
    private readonly List<Order> orders = [];
    private readonly TimeProvider time;

    private StandInCa(WebApplication app, TestCa ca, TimeProvider time)
    {
        this.app = app;
        this.ca = ca;
        this.time = time;
    }

    public sealed record Order(int Number, string Name, string? Profile, string? Replaces)
    {
        public string Status { get; set; } = "pending";

        public string ChallengeStatus { get; set; } = "pending";

        public string? Chain { get; set; }

        public int Polls { get; set; }

        public string? Fault { get; set; }

        /// <summary>How often the authorization still looks pending although its challenge got a response.</summary>
        public int PendingPolls { get; set; }
    }

    public Uri Directory => new($"{Base}/directory");

    public IReadOnlyList<Order> Orders
    {
        get
        {
            lock (orders)
            {
                return [.. orders];
            }
        }
    }

    public IEnumerable<Order> Issued => Orders.Where(order => order.Chain is not null);

    public ConcurrentQueue<string> Requests { get; } = new();

    /// <summary>How many connections have carried a request.</summary>
    public int Connections => connections.Count;

    public TimeSpan Lifetime { get; set; } = TimeSpan.FromDays(90);

    public string[] Profiles { get; set; } = [];

    public bool HasRenewalInfo { get; set; }

    public string? Terms { get; set; }

    /// <summary>The window for any certificate; the age and lifetime decide when absent.</summary>
    public (DateTimeOffset Start, DateTimeOffset End)? Window { get; set; }

    public string? WindowRetryAfter { get; set; }

    /// <summary>Called first for every request: a status, problem type and Retry-After to respond with, or null.</summary>
    public Func<string, JsonNode?, (int Status, string Type, string? RetryAfter)?> Reject { get; set; } = (_, _) => null;

    /// <summary>Validates a challenge: null when valid, else the problem type.</summary>
    public Func<string, string, string, Task<string?>> ValidateAsync { get; set; } = (_, _, _) => Task.FromResult<string?>(null);

    /// <summary>How often a challenge with a response still looks pending before its outcome shows.</summary>
    public int PendingPolls { get; set; }

    /// <summary>How often a finalized order says processing before it is valid, and with which Retry-After.</summary>
    public (int Polls, string? RetryAfter) Processing { get; set; }

    private string Base { get; set; } = "";

    /// <param name="rootFile">Receives the root that the CA's own HTTPS leads to.</param>
    public static async Task<StandInCa> StartAsync(string rootFile, TimeProvider? time = null)
    {
        TestCa https = new("Stand-in HTTPS");
        await File.WriteAllTextAsync(rootFile, https.Root.ExportCertificatePem());
        (string chain, string key) = https.Issue("localhost");
        using X509Certificate2 certificate = X509Certificate2.CreateFromPem(chain, key);
        X509Certificate2Collection all = [];
        all.ImportFromPem(chain);
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        X509Certificate2 served = X509CertificateLoader.LoadPkcs12(certificate.Export(X509ContentType.Pkcs12), null);
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen => listen.UseHttps(https =>
        {
            https.ServerCertificate = served;
            https.ServerCertificateChain = all;
        })));
        WebApplication app = builder.Build();
        time ??= TimeProvider.System;
        StandInCa ca = new(app, new TestCa("Stand-in", time.GetUtcNow()), time);
        app.Run(ca.RespondAsync);
        await app.StartAsync();
        ca.Base = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First().Replace("127.0.0.1", "localhost", StringComparison.Ordinal);
        return ca;
    }

    public async ValueTask DisposeAsync()
    {
        await app.StopAsync();
        await app.DisposeAsync();
    }

    private async Task RespondAsync(HttpContext context)
    {
        string path = context.Request.Path.Value!;
        Requests.Enqueue($"{context.Request.Method} {path}");
        connections[context.Connection.Id] = true;
        string nonce = Guid.NewGuid().ToString("N");
        nonces[nonce] = true;
        context.Response.Headers["Replay-Nonce"] = nonce;
        context.Response.Headers["Date"] = time.GetUtcNow().ToString("r");
        JsonNode? payload = null;
        string? accountUrl = null;
        if (context.Request.Method == "POST")
        {
            string? fault;
            (payload, accountUrl, fault) = await VerifyAsync(context);
            if (fault is not null)
            {
                await ProblemAsync(context, 400, fault, null);
                return;
            }
        }

        if (Reject(path, payload) is { } rejection)
        {
            await ProblemAsync(context, rejection.Status, rejection.Type, rejection.RetryAfter);
            return;
        }

        await RouteAsync(context, path.Split('/')[1..], payload, accountUrl);
    }

    private async Task RouteAsync(HttpContext context, string[] parts, JsonNode? payload, string? accountUrl)
    {
        switch (parts)
        {
            case ["directory"]:
                await JsonAsync(context, DirectoryObject());
                break;
            case ["nonce"]:
                break;
            case ["new-account"]:
                context.Response.Headers.Location = accountUrl;
                context.Response.StatusCode = 201;
                await JsonAsync(context, new JsonObject { ["status"] = "valid" });
                break;
            case ["new-order"]:
                await NewOrderAsync(context, payload!);
                break;
            case ["order", var number]:
                await OrderAsync(context, Find(number));
                break;
            case ["authz", var number]:
                if (Find(number) is { PendingPolls: > 0 } responded && --responded.PendingPolls == 0)
                {
                    Settle(responded);
                }

                await JsonAsync(context, AuthorizationObject(Find(number)));
                break;
            case ["challenge", var number, var type]:
                await ChallengeAsync(context, Find(number), type, accountUrl!);
                break;
            case ["finalize", var number]:
                await FinalizeAsync(context, Find(number), payload!);
                break;
            case ["certificate", var number]:
                await context.Response.WriteAsync(Find(number).Chain!);
                break;
            case ["renewal-info", var identifier]:
                await RenewalInfoAsync(context, identifier);
                break;
            default:
                await ProblemAsync(context, 404, "malformed", null);
                break;
        }
    }

    private JsonObject DirectoryObject()
    {
        JsonObject directory = new()
        {
            ["newNonce"] = $"{Base}/nonce",
            ["newAccount"] = $"{Base}/new-account",
            ["newOrder"] = $"{Base}/new-order",
            ["meta"] = new JsonObject
            {
                ["termsOfService"] = Terms,
                ["profiles"] = new JsonObject(Profiles.Select(profile => KeyValuePair.Create<string, JsonNode?>(profile, "a profile"))),
            },
        };
        if (HasRenewalInfo)
        {
            directory["renewalInfo"] = $"{Base}/renewal-info";
        }

        return directory;
    }

    private async Task NewOrderAsync(HttpContext context, JsonNode payload)
    {
        Order order;
        lock (orders)
        {
            order = new Order(orders.Count + 1, (string)payload["identifiers"]![0]!["value"]!, (string?)payload["profile"], (string?)payload["replaces"]);
            orders.Add(order);
        }

        context.Response.StatusCode = 201;
        context.Response.Headers.Location = $"{Base}/order/{order.Number}";
        await JsonAsync(context, OrderObject(order));
    }

    private async Task OrderAsync(HttpContext context, Order order)
    {
        if (order.Status == "processing" && ++order.Polls > Processing.Polls)
        {
            order.Status = "valid";
        }

        if (order.Status == "processing" && Processing.RetryAfter is { } retryAfter)
        {
            context.Response.Headers.RetryAfter = retryAfter;
        }

        await JsonAsync(context, OrderObject(order));
    }

    private async Task ChallengeAsync(HttpContext context, Order order, string type, string accountUrl)
    {
        string authorization = $"{Token(order, type)}.{Thumbprint(accounts[accountUrl])}";
        order.Fault = await ValidateAsync(order.Name, type, authorization);
        order.PendingPolls = PendingPolls;
        if (order.PendingPolls == 0)
        {
            Settle(order);
        }

        await JsonAsync(context, new JsonObject { ["type"] = type, ["url"] = $"{Base}/challenge/{order.Number}/{type}", ["token"] = Token(order, type) });
    }

    private static void Settle(Order order)
    {
        order.ChallengeStatus = order.Fault is null ? "valid" : "invalid";
        order.Status = order.Fault is null ? "ready" : "invalid";
    }

    private async Task FinalizeAsync(HttpContext context, Order order, JsonNode payload)
    {
        if (order.Status != "ready")
        {
            await ProblemAsync(context, 403, "orderNotReady", null);
            return;
        }

        CertificateRequest request = CertificateRequest.LoadSigningRequest(
            Base64Url.DecodeFromChars((string)payload["csr"]!), HashAlgorithmName.SHA256, CertificateRequestLoadOptions.UnsafeLoadCertificateExtensions, RSASignaturePadding.Pkcs1);
        Assert.Equal("", request.SubjectName.Name);
        Assert.Equal([order.Name], request.CertificateExtensions.OfType<X509SubjectAlternativeNameExtension>().Single().EnumerateDnsNames());
        DateTimeOffset now = time.GetUtcNow();
        order.Chain = ca.Issue(new CertificateRequest(request.SubjectName, request.PublicKey, HashAlgorithmName.SHA256), [order.Name], now.AddHours(-1), now.AddHours(-1) + Lifetime);
        order.Status = Processing.Polls > 0 ? "processing" : "valid";
        await OrderAsync(context, order);
    }

    private async Task RenewalInfoAsync(HttpContext context, string identifier)
    {
        using X509Certificate2? certificate = Issued.Select(order => X509Certificate2.CreateFromPem(order.Chain!)).FirstOrDefault(each => Identifier(each) == identifier);
        if (certificate is null)
        {
            await ProblemAsync(context, 404, "malformed", null);
            return;
        }

        DateTimeOffset start = Window?.Start ?? certificate.NotAfter.ToUniversalTime() - (Lifetime / 3);
        DateTimeOffset end = Window?.End ?? start + (Lifetime / 20);
        context.Response.Headers.RetryAfter = WindowRetryAfter ?? "21600";
        await JsonAsync(context, new JsonObject { ["suggestedWindow"] = new JsonObject { ["start"] = start.ToString("o"), ["end"] = end.ToString("o") } });
    }

    // Written again here, from RFC 9773 §4.1, to check the gateway's by it.
    private static string Identifier(X509Certificate2 certificate) =>
        $"{Base64Url.EncodeToString(certificate.Extensions.OfType<X509AuthorityKeyIdentifierExtension>().Single().KeyIdentifier!.Value.Span)}.{Base64Url.EncodeToString(Convert.FromHexString(certificate.SerialNumber))}";

    private JsonObject OrderObject(Order order)
    {
        JsonObject result = new()
        {
            ["status"] = order.Status,
            ["identifiers"] = new JsonArray(new JsonObject { ["type"] = "dns", ["value"] = order.Name }),
            ["authorizations"] = new JsonArray($"{Base}/authz/{order.Number}"),
            ["finalize"] = $"{Base}/finalize/{order.Number}",
        };
        if (order.Status == "valid")
        {
            result["certificate"] = $"{Base}/certificate/{order.Number}";
        }

        return result;
    }

    private JsonObject AuthorizationObject(Order order) => new()
    {
        ["identifier"] = new JsonObject { ["type"] = "dns", ["value"] = order.Name },
        ["status"] = order.ChallengeStatus,
        ["challenges"] = new JsonArray([.. ((string[])["http-01", "tls-alpn-01", "dns-01"]).Select(type => new JsonObject
        {
            ["type"] = type,
            ["url"] = $"{Base}/challenge/{order.Number}/{type}",
            ["status"] = order.ChallengeStatus,
            ["token"] = Token(order, type),
            ["error"] = order.Fault is null ? null : new JsonObject { ["type"] = $"urn:ietf:params:acme:error:{order.Fault}", ["detail"] = $"could not validate {order.Name}" },
        })]),
    };

    private static string Token(Order order, string type) => Base64Url.EncodeToString(SHA256.HashData(Encoding.ASCII.GetBytes($"{order.Number} {type}")));

    private Order Find(string number)
    {
        lock (orders)
        {
            return orders[int.Parse(number) - 1];
        }
    }

    private async Task<(JsonNode? Payload, string? AccountUrl, string? Fault)> VerifyAsync(HttpContext context)
    {
        if (context.Request.ContentType != "application/jose+json")
        {
            return (null, null, "malformed");
        }

        JsonNode message = (await JsonNode.ParseAsync(context.Request.Body))!;
        JsonNode header = JsonNode.Parse(Base64Url.DecodeFromChars((string)message["protected"]!))!;
        if (!nonces.TryRemove((string)header["nonce"]!, out _))
        {
            return (null, null, "badNonce");
        }

        bool isNewAccount = context.Request.Path == "/new-account";
        string accountUrl = isNewAccount ? $"{Base}/account/{Thumbprint(header["jwk"]!)}" : (string)header["kid"]!;
        if (isNewAccount)
        {
            accounts.TryAdd(accountUrl, header["jwk"]!.DeepClone());
        }
        else if (!accounts.ContainsKey(accountUrl))
        {
            return (null, null, "accountDoesNotExist");
        }

        JsonNode jwk = accounts[accountUrl];
        using ECDsa key = ECDsa.Create(new ECParameters
        {
            Curve = ECCurve.NamedCurves.nistP256,
            Q = new ECPoint { X = Base64Url.DecodeFromChars((string)jwk["x"]!), Y = Base64Url.DecodeFromChars((string)jwk["y"]!) },
        });
        bool isGood = key.VerifyData(Encoding.ASCII.GetBytes($"{message["protected"]}.{message["payload"]}"), Base64Url.DecodeFromChars((string)message["signature"]!), HashAlgorithmName.SHA256)
            && (string?)header["alg"] == "ES256"
            && (string?)header["url"] == $"{Base}{context.Request.Path}"
            && header["jwk"] is null != isNewAccount;
        string payload = Encoding.UTF8.GetString(Base64Url.DecodeFromChars((string)message["payload"]!));
        return isGood ? (payload.Length == 0 ? null : JsonNode.Parse(payload), accountUrl, null) : (null, null, "unauthorized");
    }

    public void ForgetAccounts() => accounts.Clear();

    private static string Thumbprint(JsonNode jwk) => Base64Url.EncodeToString(SHA256.HashData(Encoding.ASCII.GetBytes(
        $$"""{"crv":"P-256","kty":"EC","x":"{{jwk["x"]}}","y":"{{jwk["y"]}}"}""")));

    private static Task JsonAsync(HttpContext context, JsonNode body)
    {
        context.Response.ContentType = "application/json";
        return context.Response.WriteAsync(body.ToJsonString());
    }

    private static Task ProblemAsync(HttpContext context, int status, string type, string? retryAfter)
    {
        context.Response.StatusCode = status;
        context.Response.Headers.RetryAfter = retryAfter;
        if (type == "html")
        {
            context.Response.ContentType = "text/html";
            return context.Response.WriteAsync("<html>a portal</html>");
        }

        context.Response.ContentType = "application/problem+json";
        return context.Response.WriteAsync(new JsonObject { ["type"] = $"urn:ietf:params:acme:error:{type}", ["detail"] = $"refused: {type}" }.ToJsonString());
    }
}
