using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using IssuerGateway.Ctl.Cluster.Inspection;
using IssuerGateway.Demo.StandIn;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;

namespace IssuerGateway.Tests.Ctl.Cluster;

/// <summary>
/// Three API servers over real HTTPS, each run by its own flags (<see cref="FlaggedServers"/>): they sign real tokens,
/// accept and reject them as their flags say, and show themselves as mirror pods, Leases and endpoints.
/// </summary>
internal sealed class FlaggedCluster : IAsyncDisposable
{
    public const string AdministratorToken = "administrator-0123456789";
    public const string LimitedToken = "limited-0123456789";

    private readonly ClusterCa ca = new();
    private readonly List<Host> hosts = [];
    private readonly ConcurrentDictionary<string, (StandInToken Token, ServiceAccountKey Key)> minted = [];

    private FlaggedCluster()
    {
    }

    /// <summary>Servers that write their own pod and Lease; fewer than all makes the counts differ.</summary>
    public int Leases { get; set; } = 3;

    public bool ShowsPods { get; set; } = true;

    public bool ShowsFlagz { get; set; }

    /// <summary>What kubeadm-config gives as issuers; none: kubeadm's own.</summary>
    public string[] Configured { get; set; } = [];

    /// <summary>Paths that even the administrator may not read.</summary>
    public HashSet<string> Forbidden { get; } = [];

    public IReadOnlyList<Host> Hosts => hosts;

    public List<string> Requests { get; } = [];

    /// <summary>The impersonation headers of the last request with credentials, one entry for each line of the request.</summary>
    public string[] Impersonated { get; private set; } = [];

    public string[] Addresses => [.. hosts.Select(host => host.Address)];

    public static async Task<FlaggedCluster> StartAsync(params string[] flags)
    {
        FlaggedCluster cluster = new();
        ServiceAccountKey key = ServiceAccountKey.Create();
        for (int i = 1; i <= 3; i++)
        {
            Host host = new(cluster, $"cp{i}", key);
            host.Run(flags);
            await host.StartAsync();
            cluster.hosts.Add(host);
        }

        return cluster;
    }

    public void RunAll(params string[] flags) => hosts.ForEach(host => host.Run(flags));

    /// <summary>A kubeconfig for the first server.</summary>
    public string WriteKubeconfig(TemporaryDirectory directory, string token = AdministratorToken) => WriteKubeconfigFor(directory, $"token: {token}");

    /// <summary>One whose credential is given as YAML, indented by six spaces after its first line.</summary>
    /// <param name="cluster">The same for the cluster, in place of the first server.</param>
    public string WriteKubeconfigFor(TemporaryDirectory directory, string credential, string? cluster = null)
    {
        string path = Path.Combine(directory.Path, "kubeconfig");
        File.WriteAllText(path, $"""
            apiVersion: v1
            kind: Config
            clusters:
            - name: stand-in
              cluster:
                {cluster ?? $"server: {hosts[0].Address}"}
                certificate-authority-data: {Convert.ToBase64String(Encoding.ASCII.GetBytes(ca.Pem))}
            users:
            - name: user
              user:
                {credential}
            contexts:
            - name: stand-in
              context:
                cluster: stand-in
                user: user
            current-context: stand-in

            """);
        return path;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (Host host in hosts)
        {
            await host.StopAsync();
        }

        ca.Dispose();
    }

    private FakeCluster Objects()
    {
        FakeCluster objects = new FakeCluster().ConfigMap("kubeadm-config", "ClusterConfiguration",
            SampleClusters.ClusterConfiguration("v1beta4").Replace("  - name: audit-log-path\n", string.Concat(Configured.Select(issuer => $"  - name: service-account-issuer\n    value: {issuer}\n")) + "  - name: audit-log-path\n", StringComparison.Ordinal));
        foreach (Host host in hosts)
        {
            objects.Node(host.Name, "127.0.0.1", "v1.36.2").Endpoints(host.Port, "127.0.0.1");
            if (ShowsPods)
            {
                objects.MirrorPod(host.Name, SampleClusters.KubeadmFlags("127.0.0.1", [$"--secure-port={host.Port}", .. host.Flags.Flags.Select(flag => flag.ToString())]), endpoint: $"127.0.0.1:{host.Port}");
            }
        }

        return objects.Leases(Leases);
    }

    /// <summary>One server.</summary>
    internal sealed class Host(FlaggedCluster cluster, string name, ServiceAccountKey key)
    {
        private static readonly string[] delimiters = ["=", ":", ": ", " "];

        private WebApplication? application;

        public string Name => name;

        public FlagSet Flags { get; private set; } = new([]);

        public int Port { get; private set; }

        public string Address => $"https://127.0.0.1:{Port}";

        /// <summary>Signs.</summary>
        public ServiceAccountKey Key { get; set; } = key;

        /// <summary>Published beside the signing key.</summary>
        public ServiceAccountKey[] FurtherKeys { get; set; } = [];

        private IEnumerable<ServiceAccountKey> Published => [Key, .. FurtherKeys];

        public void Run(params string[] flags) => Flags = FlagSet.Parse(flags);

        public async Task StartAsync()
        {
            X509Certificate2 certificate = cluster.ca.IssueServerCertificate();
            WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
            builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, Port, listen => listen.UseHttps(certificate)));
            builder.Services.Configure<Microsoft.Extensions.Hosting.HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(1));
            application = builder.Build();
            application.Run(RespondAsync);
            await application.StartAsync();
            Port = new Uri(application.Urls.Single()).Port;
        }

        public async Task StopAsync()
        {
            if (application is { } running)
            {
                application = null;
                await running.StopAsync();
                await running.DisposeAsync();
            }
        }

        public string Mint(TimeSpan lifetime)
        {
            DateTimeOffset now = TimeProvider.System.GetUtcNow();
            MintedToken token = TokenMint.Mint(Key, Flags.Issuers[0], new ServiceAccount("default", "default", Guid.NewGuid()), FlaggedServers.EffectiveAudiences(Flags), now, lifetime);
            cluster.minted[token.Text] = (new StandInToken(Flags.Issuers[0], FlaggedServers.EffectiveAudiences(Flags), now, now + lifetime), Key);
            return token.Text;
        }

        private async Task RespondAsync(HttpContext context)
        {
            string path = context.Request.Path + context.Request.QueryString.Value;
            string bearer = context.Request.Headers.Authorization.ToString() is ['B', 'e', 'a', 'r', 'e', 'r', ' ', .. var text] ? text : "";
            lock (cluster.Requests)
            {
                cluster.Requests.Add($"{context.Request.Method} {path}");
                cluster.Impersonated = bearer.Length == 0 ? cluster.Impersonated
                    : [.. context.Request.Headers.Where(header => header.Key.StartsWith("Impersonate-", StringComparison.OrdinalIgnoreCase)).SelectMany(header => header.Value.Select(value => $"{header.Key}: {value}")).Order(StringComparer.Ordinal)];
            }

            bool isAdministrator = bearer == AdministratorToken;
            (int status, string type, string body) = bearer.Length > 0 && !isAdministrator && bearer != LimitedToken && !Accepts(bearer) ? Failure(401)
                : cluster.Forbidden.Contains(context.Request.Path.Value!) ? Failure(403)
                : context.Request.Path.Value switch
                {
                    DocumentReader.Discovery when bearer.Length > 0 => (200, "application/json", Discovery()),
                    DocumentReader.KeySet when bearer.Length > 0 => Accept(context, "application/jwk-set+json") ? (200, "application/jwk-set+json", "{\"keys\":[" + string.Join(',', Published.Select(each => each.Jwk)) + "]}") : Failure(406),
                    "/version" => (200, "application/json", """{"gitVersion":"v1.36.2"}"""),
                    _ when !isAdministrator => Failure(403),
                    "/flagz" when cluster.ShowsFlagz => (200, "text/plain", SampleClusters.Flagz(string.Join(',', Flags.Issuers.Select(issuer => issuer.Contains(',', StringComparison.Ordinal) ? $"\"{issuer}\"" : issuer)), string.Join(',', Flags.Audiences ?? []), delimiters[name[^1] % delimiters.Length])),
                    "/metrics" => (200, "text/plain", "# TYPE serviceaccount_stale_tokens_total counter\nserviceaccount_stale_tokens_total 4\nserviceaccount_valid_tokens_total 12\n"),
                    "/api/v1/namespaces/default/serviceaccounts/default/token" when context.Request.Method == "POST" => (201, "application/json", $$$"""{"status":{"token":"{{{Mint(TimeSpan.FromMinutes(10))}}}"}}"""),
                    _ when context.Request.Method == "GET" => await ObjectAsync(path),
                    _ when path.EndsWith("/token", StringComparison.Ordinal) => Failure(404),
                    _ => Failure(405),
                };
            context.Response.StatusCode = status;
            context.Response.ContentType = type;
            await context.Response.WriteAsync(body);
        }

        private bool Accepts(string bearer) => cluster.minted.TryGetValue(bearer, out (StandInToken Token, ServiceAccountKey Key) known)
            && known.Token.Expires > TimeProvider.System.GetUtcNow() && Published.Contains(known.Key)
            && Flags.Issuers.Contains(known.Token.Issuer) && known.Token.Audiences.Any(FlaggedServers.EffectiveAudiences(Flags).Contains);

        private static bool Accept(HttpContext context, string type) => context.Request.Headers.Accept.ToString() is var accepted && (accepted.Length == 0 || accepted.Contains(type, StringComparison.Ordinal));

        private string Discovery() => JsonSerializer.Serialize(new Dictionary<string, object>
        {
            ["issuer"] = Flags.Issuers[0],
            ["jwks_uri"] = Flags.Last(FlagSet.KeySetUri) ?? $"{Address}/openid/v1/jwks",
            ["response_types_supported"] = new[] { "id_token" },
            ["subject_types_supported"] = new[] { "public" },
            ["id_token_signing_alg_values_supported"] = Published.Select(each => each.Algorithm.ToString()).Distinct().Order(),
        });

        private async Task<(int, string, string)> ObjectAsync(string path)
        {
            ApiResponse response = await cluster.Objects().GetAsync(path, CancellationToken.None);
            return (response.Status, "application/json", response.Text);
        }

        private static (int, string, string) Failure(int status) => (status, "application/json", $$"""{"kind":"Status","status":"Failure","code":{{status}}}""");
    }
}
