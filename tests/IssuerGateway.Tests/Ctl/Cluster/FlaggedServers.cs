using IssuerGateway.Ctl.Cluster.Inspection;

namespace IssuerGateway.Tests.Ctl.Cluster;

/// <summary>
/// API servers as far as issuers go, each run by flags as the real one takes them: the first issuer signs, all are
/// accepted, values are not split at commas, audiences are, unset audiences are all issuers, an issuer given twice ends
/// the process. Time is counted, not waited for.
/// </summary>
internal sealed class FlaggedServers
{
    private readonly Dictionary<string, FlagSet> running = [];

    public FlaggedServers(IEnumerable<string> names, Func<string, FlagSet> flags)
    {
        foreach (string name in names)
        {
            Restart(name, flags(name));
        }
    }

    public DateTimeOffset Now { get; private set; } = new(2026, 11, 28, 12, 0, 0, TimeSpan.Zero);

    public IReadOnlyList<string> Names => [.. running.Keys];

    public IReadOnlyList<string> IssuersOf(string server) => running[server].Issuers;

    public IReadOnlyList<string> AudiencesOf(string server) => running[server].EffectiveAudiences;

    public void Restart(string server, FlagSet flags)
    {
        if (flags.Issuers.Count == 0 || flags.Issuers.Distinct().Count() != flags.Issuers.Count)
        {
            throw new InvalidOperationException($"{server} does not start: service-account-issuer [{string.Join(" ", flags.Issuers)}]");
        }

        running[server] = flags;
    }

    public void Pass(TimeSpan time) => Now += time;

    /// <summary>A token as this server signs it now; without an audience it carries the server's own.</summary>
    public StandInToken Mint(string server, TimeSpan lifetime, string? audience = null) =>
        new(running[server].Issuers[0], audience is null ? running[server].EffectiveAudiences : [audience], Now, Now + lifetime);

    /// <summary>200 or 401.</summary>
    public int Call(string server, StandInToken token) =>
        Now < token.Expires && running[server].Issuers.Contains(token.Issuer) && token.Audiences.Any(running[server].EffectiveAudiences.Contains) ? 200 : 401;
}

internal sealed record StandInToken(string Issuer, IReadOnlyList<string> Audiences, DateTimeOffset Issued, DateTimeOffset Expires);

/// <summary>
/// Workloads that call every server: some read their token once and keep it for the year that it lives, some read it
/// again when the kubelet has renewed it, some ask for a token of today's issuer as audience, and each has got its token
/// from another server.
/// </summary>
internal sealed class Workloads
{
    private static readonly TimeSpan year = TimeSpan.FromDays(365);
    private static readonly TimeSpan defaultMount = TimeSpan.FromSeconds(3607);

    private readonly FlaggedServers servers;
    private readonly List<Workload> all = [];
    private int next;

    public Workloads(FlaggedServers servers)
    {
        this.servers = servers;
        Start();
    }

    /// <summary>Every rejected call, readable.</summary>
    public List<string> Rejections { get; } = [];

    public bool HasStaleTokens => all.Any(workload => workload.KeepsToken && servers.Now - workload.Token.Issued > defaultMount);

    /// <summary>New pods, as a deployment during the change makes them.</summary>
    public void Start()
    {
        foreach (string server in servers.Names)
        {
            string audience = servers.AudiencesOf(server)[0];
            all.Add(new Workload($"cached from {server}", KeepsToken: true, null, servers.Mint(server, year)));
            all.Add(new Workload($"refreshed from {server}", KeepsToken: false, null, servers.Mint(server, year)));
            all.Add(new Workload($"refreshed for audience {audience}", KeepsToken: false, audience, servers.Mint(server, TimeSpan.FromHours(24), audience)));
        }
    }

    /// <summary>Every workload calls every server, and so does one that has just been started at each.</summary>
    public void Call(string when)
    {
        foreach (Workload workload in all.Concat(servers.Names.Select(server => new Workload($"fresh from {server}", false, null, servers.Mint(server, year)))))
        {
            foreach (string server in servers.Names)
            {
                if (servers.Call(server, workload.Token) != 200)
                {
                    Rejections.Add($"{when}: {server} rejected {workload.Name}, iss {workload.Token.Issuer}, aud {string.Join(",", workload.Token.Audiences)}");
                }
            }
        }
    }

    /// <summary>The kubelet renews what is older than 80 % of an hour, from whichever server it is connected to.</summary>
    public void Renew()
    {
        for (int i = 0; i < all.Count; i++)
        {
            Workload workload = all[i];
            if (!workload.KeepsToken && servers.Now - workload.Token.Issued > defaultMount * 0.8)
            {
                all[i] = workload with { Token = servers.Mint(servers.Names[next++ % servers.Names.Count], workload.Audience is null ? year : TimeSpan.FromHours(24), workload.Audience) };
            }
        }
    }

    /// <summary>A rollout restart of everything: nothing keeps a token from before.</summary>
    public void RestartAll()
    {
        for (int i = 0; i < all.Count; i++)
        {
            all[i] = all[i] with { Token = servers.Mint(servers.Names[next++ % servers.Names.Count], year, all[i].Audience) };
        }
    }

    private sealed record Workload(string Name, bool KeepsToken, string? Audience, StandInToken Token);
}
