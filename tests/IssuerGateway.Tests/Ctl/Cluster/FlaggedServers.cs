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
    private readonly Dictionary<string, int> stale = [];

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

    public IReadOnlyList<string> AudiencesOf(string server) => EffectiveAudiences(running[server]);

    /// <summary>What a token without audience carries, and what is accepted as the API server's own audience.</summary>
    internal static IReadOnlyList<string> EffectiveAudiences(FlagSet flags) => flags.Audiences ?? flags.Issuers;

    /// <summary>The keys that it accepts, by the names of their files; a server that is given none has the one of its distribution.</summary>
    public IReadOnlyList<string> KeysOf(string server) => running[server].All(FlagSet.KeyFile) is { Count: > 0 } files ? [.. files.Select(KeyOf)] : ["sa"];

    public string SignerOf(string server) => running[server].Last(FlagSet.SigningKeyFile) is { } file ? KeyOf(file) : "sa";

    /// <summary>
    /// <c>serviceaccount_stale_tokens_total</c>: accepted calls with an extended token that should have been renewed by
    /// now. It counts from zero again when the server restarts.
    /// </summary>
    public int StaleTokensOf(string server) => stale.GetValueOrDefault(server);

    public void Restart(string server, FlagSet flags)
    {
        if (flags.Issuers.Count == 0 || flags.Issuers.Distinct().Count() != flags.Issuers.Count)
        {
            throw new InvalidOperationException($"{server} does not start: service-account-issuer [{string.Join(" ", flags.Issuers)}]");
        }

        running[server] = flags;
        stale[server] = 0;
    }

    private static string KeyOf(string file) => Path.GetFileNameWithoutExtension(file) is var name && name.StartsWith("PATH-OF-TODAYS", StringComparison.Ordinal) ? "sa" : name;

    public void Pass(TimeSpan time) => Now += time;

    /// <summary>A token as this server signs it now; without an audience it carries the server's own.</summary>
    public StandInToken Mint(string server, TimeSpan lifetime, string? audience = null) =>
        new(running[server].Issuers[0], audience is null ? EffectiveAudiences(running[server]) : [audience], Now, Now + lifetime) { Key = SignerOf(server) };

    /// <summary>200 or 401.</summary>
    public int Call(string server, StandInToken token)
    {
        if (Now >= token.Expires || !running[server].Issuers.Contains(token.Issuer) || !token.Audiences.Any(EffectiveAudiences(running[server]).Contains) || !KeysOf(server).Contains(token.Key))
        {
            return 401;
        }

        if (token.Expires - token.Issued > TimeSpan.FromDays(1) && Now - token.Issued > TimeSpan.FromSeconds(3607))
        {
            stale[server]++;
        }

        return 200;
    }
}

internal sealed record StandInToken(string Issuer, IReadOnlyList<string> Audiences, DateTimeOffset Issued, DateTimeOffset Expires)
{
    public string Key { get; init; } = "sa";
}

/// <summary>
/// Workloads that call every server: some read their token once and keep it for the year that it lives, some read it
/// again when the kubelet has renewed it, some request a token of today's issuer as audience, and each has got its token
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

    /// <summary>Restarts every pod that started before a time; it reads its token once again and keeps it, as before.</summary>
    public void RestartStartedBefore(DateTimeOffset time)
    {
        for (int i = 0; i < all.Count; i++)
        {
            if (all[i].Token.Issued < time)
            {
                all[i] = all[i] with { Token = servers.Mint(servers.Names[next++ % servers.Names.Count], year, all[i].Audience) };
            }
        }
    }

    /// <summary>Replaces some of the pods that started first by a version that reads its token again.</summary>
    public void RestartOldest()
    {
        foreach (int i in Enumerable.Range(0, all.Count).Where(i => all[i].KeepsToken).OrderBy(i => all[i].Token.Issued).Take(1 + (servers.Names.Count / 3)).ToList())
        {
            all[i] = all[i] with { KeepsToken = false, Token = servers.Mint(servers.Names[next++ % servers.Names.Count], year, all[i].Audience) };
        }
    }

    private sealed record Workload(string Name, bool KeepsToken, string? Audience, StandInToken Token);
}
