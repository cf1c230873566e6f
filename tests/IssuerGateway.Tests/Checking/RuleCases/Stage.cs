using System.Buffers.Text;
using System.Net;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using IssuerGateway.Checking;
using IssuerGateway.Checking.Exchange;
using IssuerGateway.Checking.Fetching;
using IssuerGateway.Checking.Rules;
using IssuerGateway.Checking.SignIn;
using IssuerGateway.Checking.Steps;
using IssuerGateway.Checking.Steps.Keys;
using IssuerGateway.Checking.Tokens;
using IssuerGateway.Checking.Upstreams;
using IssuerGateway.Issuers;
using IssuerGateway.Kubernetes.Documents;
using IssuerGateway.Tests.Issuers;
using IssuerGateway.Tests.Publishing;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Time.Testing;

namespace IssuerGateway.Tests.Checking.RuleCases;

/// <summary>Runs one step of the check, as every party, over an input that is good but for one thing.</summary>
internal static class Stage
{
    public const string Issuer = Build.Url;
    public const string Subject = "system:serviceaccount:shop:web";

    /// <summary>A user or group that is assigned.</summary>
    public static readonly Guid Person = Guid.Parse("99999999-2222-3333-4444-555555555555");

    public static readonly DateTimeOffset Now = DateTimeOffset.Parse("2026-11-28T12:00:00Z");

    private static readonly RSA signing = RSA.Create(2048);
    private static readonly FakeTimeProvider time = new(Now);

    public static Task<IEnumerable<CheckFinding>> Url(string issuer) => Findings(new IdentifierStep(Request(issuer), time).Run());

    public static Task<IEnumerable<CheckFinding>> Tls(Func<TlsObservation, TlsObservation> spoil)
    {
        TlsObservation good = new()
        {
            Protocol = SslProtocols.Tls13,
            Suite = TlsCipherSuite.TLS_AES_128_GCM_SHA256,
            NotBefore = Now.AddDays(-30),
            NotAfter = Now.AddDays(60),
            NameMatches = true,
            IsTrustedAsSent = true,
            IsTrustedWithDownloads = true,
            CertificatesSent = 2,
            Names = "subject \"CN=a\", issued by \"CN=b\"",
        };
        StepBuilder step = new("tls", RelyingParty.All, time);
        TlsStep.Validate(step, spoil(good), "issuer.example.test", Now);
        return Findings(step.Done(""));
    }

    public static Task<IEnumerable<CheckFinding>> TlsOutsideGo(TlsCipherSuite suite)
    {
        StepBuilder step = new("tls", RelyingParty.All, time);
        TlsStep.SuiteOutsideGo(step, suite);
        return Findings(step.Done(""));
    }

    /// <summary>A whole check of a real listener.</summary>
    public static async Task<IEnumerable<CheckFinding>> Server(Action<CheckFixture> spoil, Func<CheckRequest, CheckFixture, CheckRequest>? change = null, TimeProvider? clock = null, HttpProtocols? protocols = null)
    {
        await using CheckFixture server = await CheckFixture.StartAsync(protocols: protocols);
        server.Discovery = Discovery().ToJsonString();
        spoil(server);
        CheckRequest request = Request(Issuer) with
        {
            Overrides = LeadingTo(server),
        };
        return (await new IssuerCheck(change?.Invoke(request, server) ?? request, upstream: null, exchange: null, clock ?? TimeProvider.System).RunAsync(CancellationToken.None)).Findings;
    }

    public static JsonObject Discovery() => new()
    {
        ["issuer"] = Issuer,
        ["jwks_uri"] = $"{Issuer}/openid/v1/jwks",
        ["response_types_supported"] = new JsonArray("id_token"),
        ["subject_types_supported"] = new JsonArray("public"),
        ["id_token_signing_alg_values_supported"] = new JsonArray("RS256"),
    };

    /// <summary>The discovery document with one thing changed, from a real listener.</summary>
    public static Task<IEnumerable<CheckFinding>> Document(Action<JsonObject> spoil) => Server(server =>
    {
        JsonObject document = Discovery();
        spoil(document);
        server.Discovery = document.ToJsonString();
    });

    public static Task<IEnumerable<CheckFinding>> KeySetText(string json) => Server(server => server.Keys = json);

    public static Task<IEnumerable<CheckFinding>> Keys(params string[] keys)
    {
        StepBuilder step = new("jwks", RelyingParty.All, time);
        byte[] document = Build.Utf8($"{{\"keys\":[{string.Join(',', keys)}]}}");
        KeySet set = KeySet.Parse(document, out _)!;
        KeySetValidation.Validate(step, set, GoJson.ReadKeys(document, set));
        return Findings(step.Done(""));
    }

    /// <summary>A good key with one thing changed.</summary>
    public static Task<IEnumerable<CheckFinding>> Key(Action<JsonObject> spoil)
    {
        JsonObject key = KeySamples.Rsa(signing);
        spoil(key);
        return Keys(key.ToJsonString());
    }

    /// <summary>A key as it is given, with one thing changed.</summary>
    public static Task<IEnumerable<CheckFinding>> Key(string good, Action<JsonObject> spoil)
    {
        JsonObject key = JsonNode.Parse(good)!.AsObject();
        spoil(key);
        return Keys(key.ToJsonString());
    }

    public static string GoodKey(string kid) => KeySamples.Rsa(signing, kid).ToJsonString();

    /// <summary>A token of the issuer, signed by its published key, with one thing changed; whoever has an audience gets the token of that audience.</summary>
    public static Task<IEnumerable<CheckFinding>> Token(Action<JsonObject, JsonObject> spoil, string? audience = null, string? subject = null, string[]? keys = null, string? surplus = null, bool alter = false, string? issuer = null) =>
        Task.FromResult<IEnumerable<CheckFinding>>([.. RelyingParty.All.SelectMany(party => TokenFor([party.Id], spoil, audience, subject, keys, surplus, alter, issuer).Findings)]);

    /// <summary>The step of a token for the first of the parties, as all of them validate it.</summary>
    /// <param name="issuer">The issuer that is checked.</param>
    /// <param name="document">That of the discovery document; null for the same, empty for none.</param>
    public static StepReport TokenFor(string[] parties, Action<JsonObject, JsonObject> spoil, string? audience = null, string? subject = null, string[]? keys = null, string? surplus = null, bool alter = false, string? issuer = null, string? document = null)
    {
        (JsonObject header, JsonObject claims) = GoodToken(parties[0]);
        spoil(header, claims);
        CheckRequest request = Request(issuer ?? Issuer) with
        {
            Parties = [.. parties.Select(id => RelyingParty.Find(id)!)],
            Tokens = [new TokenInput { Name = "token.jwt", Text = Sign(header, claims, alter), Surplus = surplus }],
            Audience = audience,
            Subject = subject,
        };
        byte[] published = Build.Utf8($"{{\"keys\":[{string.Join(',', keys ?? [GoodKey("a")])}]}}");
        KeySet? set = KeySet.Parse(published, out _);
        IssuerDocuments documents = new() { Steps = [], Issuer = document is "" ? null : document ?? issuer ?? Issuer, Keys = set, KeysOfGo = GoJson.ReadKeys(published, set) };
        return Assert.Single(new TokenStep(request, ServerDocuments.None, new FindingFolding([]), time).Run(documents));
    }

    /// <summary>Header and claims of a token with which the party finds nothing wrong.</summary>
    public static (JsonObject Header, JsonObject Claims) GoodToken(string party) =>
    (
        new JsonObject { ["alg"] = "RS256", ["kid"] = "a" },
        new JsonObject
        {
            ["iss"] = Issuer,
            ["sub"] = Subject,
            ["aud"] = new JsonArray(AudienceOf(party)),
            ["iat"] = Now.AddMinutes(-10).ToUnixTimeSeconds(),
            ["nbf"] = Now.AddMinutes(-10).ToUnixTimeSeconds(),
            ["exp"] = Now.AddMinutes(50).ToUnixTimeSeconds(),
        });

    public static async Task<IEnumerable<CheckFinding>> Upstream(params UpstreamResponse[] servers)
    {
        byte[] discovery = DiscoveryDocument.Parse(PublisherFixture.RecordedPair().Discovery, out _)!.Rewritten(Build.Identifier()).ToArray();
        IssuerDocuments documents = new() { Steps = [], Discovery = Fetched(discovery), KeySet = Fetched(Recorded.Body("jwks-one-rsa")) };
        return (await new UpstreamStep(Request(Issuer), new PublisherFixture.ScriptedSource { Responses = servers }, time).RunAsync(documents)).Findings;
    }

    /// <summary>A good token for a check by the clock of this machine.</summary>
    public static string TokenOfNow(string iss, string audience, string? kid = "a")
    {
        (JsonObject header, JsonObject claims) = GoodToken("entra");
        header["kid"] = kid;
        if (kid is null)
        {
            header.Remove("kid");
        }

        claims["iss"] = iss;
        claims["aud"] = new JsonArray(audience);
        foreach ((string claim, int minutes) in ((string, int)[])[("iat", -10), ("nbf", -10), ("exp", 50)])
        {
            claims[claim] = TimeProvider.System.GetUtcNow().AddMinutes(minutes).ToUnixTimeSeconds();
        }

        return Sign(header, claims);
    }

    /// <summary>The step without a token.</summary>
    public static async Task<StepReport> RunAsync(this UpstreamStep step, IssuerDocuments documents)
    {
        ServerDocuments servers = await step.FetchAsync(documents, CancellationToken.None);
        return step.Compare(documents, servers, [], new FindingFolding([]));
    }

    /// <summary>An exchange at an endpoint that responds with a status and a body, or with another certificate.</summary>
    public static async Task<IEnumerable<CheckFinding>> Exchange(int status, string body, string certificateFor = "127.0.0.1")
    {
        await using CheckFixture entra = await CheckFixture.StartAsync(authority => authority.Leaf(certificateFor));
        entra.Misbehave = async http =>
        {
            http.Response.StatusCode = status;
            await http.Response.Body.WriteAsync(Encoding.UTF8.GetBytes(body));
            return true;
        };
        ExchangeRequest exchange = new() { Tenant = "t", ClientId = "c", Endpoint = new Uri($"https://127.0.0.1:{entra.Port}"), Roots = [entra.Authority.Root] };
        return (await new ExchangeStep(entra.Request(token: "t", profiles: [.. RelyingParty.Ids]), exchange, TimeProvider.System).RunAsync(CancellationToken.None)).Findings;
    }

    public static Task<IEnumerable<CheckFinding>> SignIn(Func<SignInFacts, SignInFacts> spoil, bool needsGroups = true, Func<SignInExpectation, SignInExpectation>? change = null)
    {
        SignInFacts good = new()
        {
            ClientId = "11111111-2222-3333-4444-555555555555",
            SignInAudience = "AzureADMyOrg",
            WebRedirects = ["https://app.example.com/oauth2/callback"],
            GroupClaims = "ApplicationGroup",
            Credentials = [new SignInCredential("kubernetes", Issuer, Subject, ["api://AzureADTokenExchange"])],
            HasServicePrincipal = true,
            RequiresAssignment = true,
            Assignments = [new SignInAssignment(Person, Guid.Empty)],
            GrantedScopes = ["openid", "profile", "email", "offline_access", "User.Read"],
        };
        SignInExpectation expected = new() { Apply = "issuerctl trust apply entra-app", CredentialName = "shop-web", HasDefaultName = true, Issuer = Issuer, Subject = Subject, Audience = "api://AzureADTokenExchange", RedirectUris = good.WebRedirects, NeedsGroups = needsGroups };
        return Findings(SignInValidation.Validate(spoil(good), change?.Invoke(expected) ?? expected, time));
    }

    public static string[] ExchangeKids(int count, string type) =>
        [.. Enumerable.Range(0, count).Select(i => type == "EC" ? KeySamples.P256(kid: $"e{i}") : Build.Rsa($"r{i}"))];

    private static string AudienceOf(string party) => party switch
    {
        "entra" => "api://AzureADTokenExchange",
        "aws" => "sts.amazonaws.com",
        "google" => "//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/providers/q",
        "snowflake" => "snowflakecomputing.com",
        _ => "vault",
    };

    public static ConnectionOverrides LeadingTo(CheckFixture server) => new() { ConnectTo = [new ConnectTo(null, 443, "127.0.0.1", server.Port)], Roots = [server.Authority.Root] };

    public static CheckRequest Request(string issuer) => new() { Issuer = Build.Identifier(issuer), Parties = RelyingParty.All };

    private static FetchedDocument Fetched(byte[] body) => new()
    {
        Status = HttpStatusCode.OK,
        ContentType = null,
        HasContentLength = true,
        MaxAge = null,
        Date = null,
        Body = body,
        Elapsed = TimeSpan.Zero,
    };

    /// <summary>A token; a name with ~ at its end is written without that, so that it can be there twice.</summary>
    public static string Sign(JsonObject header, JsonObject claims, bool alter = false)
    {
        string signed = string.Join('.', ((JsonObject[])[header, claims]).Select(part => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(part.ToJsonString().Replace("~\":", "\":", StringComparison.Ordinal)))));
        byte[] signature = signing.SignData(Encoding.ASCII.GetBytes(alter ? signed + "x" : signed), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        return $"{signed}.{Base64Url.EncodeToString(signature)}";
    }

    private static Task<IEnumerable<CheckFinding>> Findings(StepReport report) => Task.FromResult<IEnumerable<CheckFinding>>(report.Findings);
}
