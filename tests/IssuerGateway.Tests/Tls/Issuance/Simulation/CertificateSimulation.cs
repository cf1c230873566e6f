using System.Text.Json.Nodes;
using IssuerGateway.Tls.Issuance.Orders;

namespace IssuerGateway.Tests.Tls.Issuance.Simulation;

/// <summary>Runs one schedule and checks at every moment what is promised.</summary>
internal sealed class CertificateSimulation : IDisposable
{
    private readonly Schedule schedule;
    private readonly SimulatedWorld world;
    private readonly SimulatedCa ca;
    private readonly StandInObjectStore objects = new();
    private readonly SimulatedLeadership leadership;
    private readonly SimulatedReplica[] replicas;
    private readonly DateTimeOffset[] clockRightSince;

    // A replica that started beside a store that hangs knows no lifetime, and so has the longer grace, until it sees a certificate.
    private readonly (bool Knows, DateTimeOffset Since)[] lifetimeKnown;
    private readonly HashSet<Fault> happened = [];
    private int leader;

    // Replicas take their steps one after the other here: while one waits for a server that hangs, the others cannot act.
    private TimeSpan waitedBefore;
    private TimeSpan waited;

    private CertificateSimulation(Schedule schedule, bool isAlwaysWilling)
    {
        this.schedule = schedule;
        world = new SimulatedWorld(schedule) { IsAlwaysWilling = isAlwaysWilling };
        ca = new SimulatedCa(world);
        leadership = new SimulatedLeadership(world);
        clockRightSince = [.. Enumerable.Repeat(world.Now, schedule.Replicas)];
        lifetimeKnown = new (bool, DateTimeOffset)[schedule.Replicas];
        objects.Put(SimulatedApiServer.StatePath, SimulatedApiServer.EmptySecret(SimulatedApiServer.StatePath));
        objects.Put(SimulatedApiServer.CertificatePath, SimulatedApiServer.EmptySecret(SimulatedApiServer.CertificatePath));
        replicas = [.. Enumerable.Range(0, schedule.Replicas).Select(New)];
    }

    /// <summary>The longest back-off step, and what one look and one order take.</summary>
    private TimeSpan Grace(SimulatedReplica replica) =>
        OrderSchedule.LongestBackoff(replica.Served is null ? null : schedule.Lifetime, isServing: replica.Served is not null) + (schedule.Lifetime / 100 * 2) + Settling + waitedBefore + waited;

    private TimeSpan Settling => schedule.Lifetime < TimeSpan.FromHours(1) ? TimeSpan.FromSeconds(35) : TimeSpan.FromMinutes(3);

    /// <summary>Null when everything that is promised was kept.</summary>
    /// <param name="isAlwaysWilling">Whether the check is made although the CA is not willing: it then fails.</param>
    public static async Task<string?> RunAsync(Schedule schedule, bool isAlwaysWilling = false)
    {
        using CertificateSimulation simulation = new(schedule, isAlwaysWilling);
        return await simulation.RunAsync();
    }

    public void Dispose()
    {
        foreach (SimulatedReplica replica in replicas)
        {
            replica.Dispose();
        }
    }

    private async Task<string?> RunAsync()
    {
        foreach (SimulatedReplica replica in replicas)
        {
            await replica.StartAsync();
        }

        while (world.Now < world.End)
        {
            await HappenAsync();
            DateTimeOffset began = world.Now;
            for (int i = 0; i < replicas.Length; i++)
            {
                int replica = (leader + i) % replicas.Length;
                await replicas[replica].StepAsync(isLeading: replica == leader && leadership.IsReachable);
            }

            for (int i = 0; i < replicas.Length; i++)
            {
                bool knows = replicas[i].Served is not null;
                lifetimeKnown[i] = (knows, knows && !lifetimeKnown[i].Knows ? world.Now : lifetimeKnown[i].Since);
            }

            (waitedBefore, waited) = (waited, world.Now - began);
            if (Broken() is { } broken)
            {
                return $"{broken}\n{schedule}\n{string.Join("\n", replicas.SelectMany((replica, i) => replica.Log.TakeLast(12).Select(line => $"{i}: {line}")))}";
            }

            world.Advance(replicas.SelectMany((replica, i) => MomentsOf(replica, i)));
        }

        return null;
    }

    private IEnumerable<DateTimeOffset> MomentsOf(SimulatedReplica replica, int number)
    {
        yield return replica.NextOrder - world.ClockOffset(number);
        if (replica.Served is var (from, to))
        {
            // A process looks every 3 s.
            DateTimeOffset help = OrderSchedule.HelpFrom(from, to);
            yield return help + TimeSpan.FromSeconds(3);
            yield return help + ((to - help) / 2);
        }
    }

    // What happens in one moment, once its time has come; lasting faults are read from the world.
    private async Task HappenAsync()
    {
        foreach (Fault fault in schedule.Faults.Where(fault => world.From(fault) <= world.Now && happened.Add(fault)).ToArray())
        {
            switch (fault.Kind)
            {
                case FaultKind.SecretDeleted:
                    objects.Remove(SimulatedApiServer.CertificatePath);
                    break;
                case FaultKind.SecretDamaged:
                    Replace(SimulatedApiServer.CertificatePath, ("tls.crt", "garbage"u8.ToArray()));
                    break;
                case FaultKind.SecretReplaced:
                    bool isOtherHost = fault.Amount < 0.5;
                    (string chain, string key) = SimulatedCa.Issue(isOtherHost ? "other.example.test" : AcmeFixture.Host, world.Now - (schedule.Lifetime * (isOtherHost ? 0.1 : 2)), schedule.Lifetime);
                    Replace(SimulatedApiServer.CertificatePath, ("tls.crt", System.Text.Encoding.ASCII.GetBytes(chain)), ("tls.key", System.Text.Encoding.ASCII.GetBytes(key)));
                    break;
                case FaultKind.StateDamaged:
                    Replace(SimulatedApiServer.StatePath, ("acme.json", "{ half"u8.ToArray()));
                    break;
                case FaultKind.ReplicaKilled or FaultKind.Reloaded:
                    replicas[fault.Replica].Dispose();
                    replicas[fault.Replica] = New(fault.Replica);
                    lifetimeKnown[fault.Replica] = default;
                    await replicas[fault.Replica].StartAsync();
                    break;
                case FaultKind.LeaderChanges:
                    leader = fault.Replica;
                    break;
            }
        }

        if (!world.Is(FaultKind.SecretDeleted) && !objects.Objects.ContainsKey(SimulatedApiServer.CertificatePath))
        {
            // An operator has followed the sentence.
            objects.Put(SimulatedApiServer.CertificatePath, SimulatedApiServer.EmptySecret(SimulatedApiServer.CertificatePath));
        }

        for (int i = 0; i < replicas.Length; i++)
        {
            clockRightSince[i] = world.ClockOffset(i).Duration() > TimeSpan.FromHours(1) ? world.Now : clockRightSince[i];
        }
    }

    private void Replace(string path, params (string Key, byte[] Value)[] parts)
    {
        if (objects.Objects.TryGetValue(path, out JsonNode? secret) && secret["data"] is JsonObject)
        {
            JsonObject changed = (JsonObject)secret.DeepClone();
            foreach ((string key, byte[] value) in parts)
            {
                changed["data"]![key] = Convert.ToBase64String(value);
            }

            objects.Put(path, changed);
        }
    }

    private string? Broken()
    {
        for (int i = 0; i < replicas.Length; i++)
        {
            // While a clock is wrong, that of the replica that leads included, only the budget of orders is promised.
            DateTimeOffset since = new[] { world.WillingSince, replicas[i].UpSince, clockRightSince[i], clockRightSince[leader], lifetimeKnown[i].Since }.Max();
            bool isValid = replicas[i].Served is var (from, to) && from <= world.Now && world.Now < to;
            if (!isValid && world.Now - since > Grace(replicas[i]))
            {
                return $"replica {i} serves {(replicas[i].Served is var (_, end) ? $"a certificate that expired at {end:u}" : "none")} at {world.Now:u}, although the CA has been willing since {world.WillingSince:u}";
            }
        }

        return ca.Issued.Count > IssuedBudget ? $"{ca.Issued.Count} certificates issued, {IssuedBudget} are the budget"
            : ca.Orders > OrderBudget ? $"{ca.Orders} orders, {OrderBudget} are the budget"
            : null;
    }

    /// <summary>
    /// As documented: within a week or a shorter lifetime four certificates while one is valid. Each fault may make each
    /// replica lose what it serves or what it knows once, and a certificate near its end is replaced by each replica at most.
    /// </summary>
    private int IssuedBudget => (int)((Schedule.Lifetimes + 1) * Math.Max(1, schedule.Lifetime / OrderSchedule.ProtectionSpan(schedule.Lifetime)) * OrderSchedule.ProtectionCount)
        + (schedule.Faults.Count * schedule.Replicas * 3);

    // A failed attempt has two orders at most, and attempts are a back-off apart.
    private int OrderBudget => IssuedBudget + (int)(2 * schedule.Replicas * schedule.Faults.Where(fault => fault.Kind is FaultKind.CaOrderInvalid or FaultKind.CaServerError)
        .Sum(fault => 12 + (schedule.Length * fault.Length / (OrderSchedule.LongestBackoff(schedule.Lifetime, isServing: false) * 0.8))));

    private SimulatedReplica New(int number) => new(world, number, ca, objects, leadership);
}
