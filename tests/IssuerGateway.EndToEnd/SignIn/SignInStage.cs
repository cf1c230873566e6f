using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;
using IssuerGateway.EndToEnd.Entra;

namespace IssuerGateway.EndToEnd.SignIn;

/// <summary>
/// Everything around one rendered workload: the cluster's public issuer, a tenant with its app registration, the way out,
/// the application, the projected token; and one or more real OAuth2 Proxies.
/// </summary>
internal sealed class SignInStage : IAsyncDisposable
{
    private readonly string folder = System.IO.Directory.CreateTempSubdirectory("sign-in-").FullName;
    private readonly X509Certificate2 certificate = StandInCertificate.Create(TenantStandIn.Host, TenantStandIn.GraphHost);
    private readonly List<IAsyncDisposable> running = [];
    private readonly List<Browser> browsers = [];
    private HttpClient internet = null!;
    private HttpClient toTenant = null!;

    private SignInStage(RenderedWorkload workload)
    {
        Workload = workload;
        Directory = new TenantDirectory { Tenant = workload.Tenant, ClientId = workload.ClientId, RedirectUrls = workload.RedirectUrls, Credential = workload.Credential };
    }

    public RenderedWorkload Workload { get; }

    public TenantDirectory Directory { get; }

    public TenantStandIn Tenant { get; private set; } = null!;

    public HeaderApp App { get; private set; } = null!;

    public ProxyEnvironment ProxyEnvironment { get; private set; } = null!;

    public string Url => $"https://{Workload.Host}";

    /// <summary>A group or role that may enter, from the rendered arguments.</summary>
    public string? Allowed => Workload.Values("allowed-group") is [var first, ..] ? first : null;

    public static async Task<SignInStage> SetAsync(RenderedWorkload workload)
    {
        SignInStage stage = new(workload);
        StaticIssuer issuer = await StaticIssuer.StartAsync();
        stage.running.Add(issuer);
        stage.internet = PublicIssuerReader.Internet([issuer.Certificate], new Dictionary<string, int> { [StaticIssuer.Host] = issuer.Port });
        stage.Tenant = await TenantStandIn.StartAsync(stage.Directory, stage.internet, stage.certificate, TimeProvider.System);
        stage.running.Add(stage.Tenant);
        stage.toTenant = PublicIssuerReader.Internet([stage.certificate], new Dictionary<string, int> { [TenantStandIn.Host] = stage.Tenant.Port });
        stage.toTenant.Timeout = TimeSpan.FromSeconds(60);
        stage.App = await HeaderApp.StartAsync();
        stage.running.Add(stage.App);
        ConnectProxy wayOut = new(new Dictionary<string, int> { [TenantStandIn.Host] = stage.Tenant.Port, [TenantStandIn.GraphHost] = stage.Tenant.Port });
        stage.running.Add(wayOut);
        stage.ProxyEnvironment = new ProxyEnvironment
        {
            AppPort = stage.App.Port,
            TokenFile = Path.Combine(stage.folder, "token"),
            RootsFile = Path.Combine(stage.folder, "roots.pem"),
            WayOut = wayOut.Url,
        };
        await File.WriteAllTextAsync(stage.ProxyEnvironment.RootsFile, stage.certificate.ExportCertificatePem());
        stage.ProjectToken(TimeProvider.System.GetUtcNow());
        return stage;
    }

    /// <summary>What the kubelet does: a new token in the place of the old one. Returns it.</summary>
    public string ProjectToken(DateTimeOffset issued)
    {
        string token = StaticIssuer.Mint(issued, new JsonObject { ["sub"] = Directory.Credential.Subject, ["aud"] = new JsonArray(Directory.Credential.Audience) });
        string next = ProxyEnvironment.TokenFile + ".next";
        File.WriteAllText(next, token);
        File.Move(next, ProxyEnvironment.TokenFile, overwrite: true);
        return token;
    }

    public async Task<OAuth2Proxy> StartProxyAsync(Func<ProxyEnvironment, ProxyEnvironment>? change = null)
    {
        OAuth2Proxy proxy = await OAuth2Proxy.StartAsync(Workload, (change ?? (same => same))(ProxyEnvironment));
        running.Add(proxy);
        return proxy;
    }

    /// <summary>The Gateway in front of this proxy, with the filters of the rendered HTTPRoute.</summary>
    public Front Gateway(OAuth2Proxy proxy) => new(proxy.Port) { RemovedHeaders = Workload.RemovedHeaders };

    public Browser Open(OAuth2Proxy proxy, string? person = null) => Open(Gateway(proxy), person);

    public Browser Open(Front front, string? person = null) => Open(new Dictionary<string, Front> { [Workload.Host] = front }, person);

    public Browser Open(IReadOnlyDictionary<string, Front> fronts, string? person = null)
    {
        Browser browser = new(toTenant, fronts) { Person = person };
        browsers.Add(browser);
        return browser;
    }

    /// <summary>A member with all groups or roles that the workload admits, as one of them would have it.</summary>
    public Person AddMember(string name) => Directory.Add(With(new Person(name), Allowed is null ? [] : [Allowed]));

    public Person AddStranger(string name) => Directory.Add(With(new Person(name), ["99999999-bbbb-cccc-dddd-eeeeeeeeeeee"]));

    public async ValueTask DisposeAsync()
    {
        browsers.ForEach(browser => browser.Dispose());
        foreach (IAsyncDisposable each in running.AsEnumerable().Reverse())
        {
            await each.DisposeAsync();
        }

        internet.Dispose();
        toTenant.Dispose();
        certificate.Dispose();
        System.IO.Directory.Delete(folder, recursive: true);
    }

    private Person With(Person person, IReadOnlyList<string> groups) => Workload.Values("oidc-groups-claim") is ["roles"]
        ? person with { Roles = groups, Email = null }
        : person with { Groups = groups };
}
