using System.Collections.Concurrent;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using IssuerGateway.Tests.Acme;
using IssuerGateway.Tests.Tls.Serving;
using IssuerGateway.Tls.Issuance;
using IssuerGateway.Tls.Issuance.Leadership;
using IssuerGateway.Tls.Issuance.Stores;
using IssuerGateway.Tls.Sources;
using Microsoft.Extensions.Time.Testing;

namespace IssuerGateway.Tests.Tls.Issuance;

/// <summary>Whole replicas: listeners, loops, store and leadership, with a CA that really looks at the challenges.</summary>
public sealed class AcmeServiceTests : IAsyncLifetime
{
    private const string Host = "a.example.test";
    private readonly TemporaryDirectory directory = new();
    private StandInCa ca = null!;

    public async ValueTask InitializeAsync() => ca = await StandInCa.StartAsync(directory.File("ca.pem"));

    public async ValueTask DisposeAsync()
    {
        await ca.DisposeAsync();
        directory.Dispose();
    }

    [Theory]
    [InlineData("http-01")]
    [InlineData("tls-alpn-01")]
    public async Task Gets_its_first_certificate_while_the_listener_is_open_and_handshakes_fail_fast(string challenge)
    {
        TaskCompletionSource mayValidate = new();
        List<TlsFixture> replicas = [];
        ca.ValidateAsync = async (name, type, authorization) =>
        {
            await mayValidate.Task;
            return await LookAsync(replicas[0], name, type, authorization);
        };
        await using TlsFixture server = await StartOnDirectoryAsync(("Acme:Challenges", challenge));
        replicas.Add(server);
        await server.AssertRejectsAsync(Host);

        mayValidate.SetResult();

        await Eventually.TrueAsync(() => server.Certificates.In(Host) is not null);
        Assert.Equal([Host], TlsListenerTests.NamesOf((await server.HandshakeAsync(Host))[0]));
        Assert.DoesNotContain(server.Log.Lines, line => line.StartsWith("Error", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Serves_a_stored_certificate_from_the_first_moment_although_the_CA_is_gone()
    {
        await using (TlsFixture first = await StartOnDirectoryAsync())
        {
            await Eventually.TrueAsync(() => first.Certificates.In(Host) is not null && first.Service<AcmeStateCache>().Current.Host(Host).Order is null);
        }

        await ca.DisposeAsync();
        await using TlsFixture second = await StartOnDirectoryAsync();

        Assert.Equal([Host], TlsListenerTests.NamesOf((await second.HandshakeAsync(Host))[0]));
    }

    [Fact]
    public async Task One_host_that_cannot_be_validated_does_not_hold_up_the_others()
    {
        ca.ValidateAsync = (name, _, _) => Task.FromResult(name == "bad.example.test" ? "dns" : null);

        await using TlsFixture server = await StartOnDirectoryAsync(("Acme:ExtraNames:0", "bad.example.test"), ("Acme:ExtraNames:1", "c.example.test"));

        await Eventually.TrueAsync(() => server.Certificates.In(Host) is not null && server.Certificates.In("c.example.test") is not null
            && server.Service<AcmeStateCache>().Current.Host("bad.example.test").Failures > 0);
        await Eventually.TrueAsync(async () => (await server.MetricsAsync("issuer_gateway_acme_last_attempt_succeeded")).Length == 3);
        Assert.Null(server.Certificates.In("bad.example.test"));
        string[] metrics = await server.MetricsAsync("issuer_gateway_acme_last_attempt_succeeded");
        Assert.Equal(
            [
                "issuer_gateway_acme_last_attempt_succeeded{host=\"a.example.test\"} 1",
                "issuer_gateway_acme_last_attempt_succeeded{host=\"bad.example.test\"} 0",
                "issuer_gateway_acme_last_attempt_succeeded{host=\"c.example.test\"} 1",
            ],
            metrics);
    }

    [Fact]
    public async Task A_client_that_never_stops_connecting_sees_no_failure_and_never_a_challenge_certificate_while_certificates_are_renewed()
    {
        List<TlsFixture> replicas = [];
        ca.ValidateAsync = (name, type, authorization) => replicas.Count == 0 ? Task.FromResult<string?>(null) : LookAsync(replicas[0], name, type, authorization);
        await using TlsFixture server = await StartOnDirectoryAsync(("Acme:Challenges", "tls-alpn-01"));
        await Eventually.TrueAsync(() => server.Certificates.In(Host) is not null && server.Service<AcmeStateCache>().Current.Host(Host).Order is null);
        replicas.Add(server);
        using CancellationTokenSource stop = new();
        ConcurrentDictionary<string, bool> seen = [];
        Task<int> visitor = Task.Run(async () =>
        {
            int visits = 0;
            while (!stop.IsCancellationRequested)
            {
                X509Certificate2 leaf = (await server.HandshakeAsync(Host))[0];
                Assert.DoesNotContain(leaf.Extensions, extension => extension.Oid!.Value == "1.3.6.1.5.5.7.1.31");
                seen.TryAdd(leaf.Thumbprint, true);
                visits++;
            }

            return visits;
        });

        await Eventually.TrueAsync(() => !seen.IsEmpty || visitor.IsCompleted);
        for (int i = 0; i < 3; i++)
        {
            CommandResult response = await server.Service<AcmeCommands>().RenewAsync(Host, CancellationToken.None);
            Assert.True(response.IsDone, response.Message);
            int expected = i + 2;
            await Eventually.TrueAsync(() => seen.Count == expected || visitor.IsCompleted);
        }

        await stop.CancelAsync();
        Assert.True(await visitor > 3);
        Assert.Equal(4, seen.Count);
        Assert.Equal(4, ca.Orders.Count);
    }

    [Fact]
    public async Task Renews_only_hosts_that_it_orders_for()
    {
        await using TlsFixture server = await StartOnDirectoryAsync();

        CommandResult response = await server.Service<AcmeCommands>().RenewAsync("x.example.test", CancellationToken.None);

        Assert.Equal(new CommandResult(false, "x.example.test: no certificate is ordered for this host", "the hosts are a.example.test"), response);
    }

    [Fact]
    public async Task Orders_on_request_and_not_for_a_reload()
    {
        await using TlsFixture server = await StartOnDirectoryAsync();
        await Eventually.TrueAsync(() => server.Log.Lines.Any(line => line.Contains("Next certificate for", StringComparison.Ordinal)));

        for (int i = 0; i < 5; i++)
        {
            server.Service<ReloadRequest>().Make();
        }

        // It ends with an order of its own: one for each reload would have been made before it or with it.
        Assert.True((await server.Service<AcmeCommands>().RenewAsync(Host, CancellationToken.None)).IsDone);
        Assert.Equal(2, ca.Orders.Count);
    }

    [Theory]
    [InlineData("http-01")]
    [InlineData("tls-alpn-01")]
    public async Task Of_two_replicas_one_orders_and_both_serve_and_both_respond_to_the_challenge(string challenge)
    {
        await using StandInObjects cluster = await StandInObjects.StartAsync(replicas: 2);
        cluster.PutAsTheChart("issuer-gateway", Host);
        FakeTimeProvider time = new(TimeProvider.System.GetUtcNow());
        List<TlsFixture> replicas = [];
        ca.ValidateAsync = async (name, type, authorization) => replicas.Count < 2 ? "connection"
            : await LookAsync(replicas[0], name, type, authorization) ?? await LookAsync(replicas[1], name, type, authorization);
        await using TlsFixture a = await StartOnClusterAsync(cluster, 0, time, challenge);
        replicas.Add(a);
        await using TlsFixture b = await StartOnClusterAsync(cluster, 1, time, challenge);
        replicas.Add(b);

        await Pump.UntilAsync(time, () => a.Certificates.In(Host) is not null && b.Certificates.In(Host) is not null);

        Assert.Equal(a.Certificates.In(Host)!.Thumbprint, b.Certificates.In(Host)!.Thumbprint);
        Assert.Single(ca.Orders);
        Assert.Single(ca.Requests, request => request == "POST /new-account");
        Assert.DoesNotContain(cluster.Requests, request => request.StartsWith("POST ", StringComparison.Ordinal));
        Assert.Equal("Opaque", (string?)cluster.Objects["/api/v1/namespaces/gateway/secrets/issuer-gateway-acme"]["type"]);
        string[] leaders = [.. await a.MetricsAsync("issuer_gateway_acme_leader"), .. await b.MetricsAsync("issuer_gateway_acme_leader")];
        Assert.Equal(["issuer_gateway_acme_leader 0", "issuer_gateway_acme_leader 1"], leaders.Order(StringComparer.Ordinal));
    }

    // A replica that orders for itself because it alone cannot reach the API server tells no other one its challenge, and the CA
    // comes to any of them: it was validated by nobody, and served an expired certificate.
    [Fact]
    public async Task Each_replica_responds_to_the_challenges_of_the_others_although_its_own_store_works()
    {
        await using StandInObjects cluster = await StandInObjects.StartAsync(replicas: 2);
        cluster.PutAsTheChart("issuer-gateway", Host);
        FakeTimeProvider time = new(TimeProvider.System.GetUtcNow());
        string? seen = null;
        ca.ValidateAsync = (_, _, authorization) => Task.FromResult((seen = authorization) is null ? "none" : null);
        await using TlsFixture a = await StartOnClusterAsync(cluster, 0, time, "http-01");
        await Pump.UntilAsync(time, () => a.Certificates.In(Host) is not null);
        await using TlsFixture b = await StartOnClusterAsync(cluster, 1, time, "http-01");
        await Pump.UntilAsync(time, () => b.Certificates.In(Host) is not null);
        string authorization = $"another-replica-s_challenge.{seen!.Split('.')[1]}";

        foreach (TlsFixture replica in (TlsFixture[])[a, b])
        {
            Assert.Null(await LookAsync(replica, Host, "http-01", authorization));
            Assert.Equal("unauthorized", await LookAsync(replica, Host, "http-01", $"short.{seen.Split('.')[1]}"));
        }
    }

    [Fact]
    public async Task After_an_outage_no_replica_takes_the_Lease_for_broken()
    {
        await using StandInObjects cluster = await StandInObjects.StartAsync(replicas: 2);
        cluster.PutAsTheChart("issuer-gateway", Host);
        FakeTimeProvider time = new(TimeProvider.System.GetUtcNow());
        await using TlsFixture a = await StartOnClusterAsync(cluster, 0, time, "http-01");
        await Pump.UntilAsync(time, () => a.Certificates.In(Host) is not null);
        await using TlsFixture b = await StartOnClusterAsync(cluster, 1, time, "http-01");
        await Pump.UntilAsync(time, () => b.Certificates.In(Host) is not null);
        cluster.Reject = _ => 403;
        await Pump.UntilAsync(time, () => a.Service<ILeadership>().Fault is not null && b.Service<ILeadership>().Fault is not null);

        cluster.Reject = _ => null;

        // Also the one that does not lead: it would otherwise order for itself beside a leader that works.
        await Pump.UntilAsync(time, () => a.Service<ILeadership>().Fault is null && b.Service<ILeadership>().Fault is null);
        Assert.Contains(a.Log.Lines, line => line == "Information: A replica can be chosen to order certificates again");
        Assert.Contains(b.Log.Lines, line => line == "Information: A replica can be chosen to order certificates again");
    }

    [Fact]
    public async Task A_leader_that_is_cut_off_in_the_middle_of_an_order_hands_over_and_the_other_replica_finishes_it()
    {
        await using StandInObjects cluster = await StandInObjects.StartAsync(replicas: 2);
        cluster.PutAsTheChart("issuer-gateway", Host);
        FakeTimeProvider time = new(TimeProvider.System.GetUtcNow());
        ca.Processing = (4, "30");
        await using TlsFixture a = await StartOnClusterAsync(cluster, 0, time, "http-01");
        await Pump.UntilAsync(time, () => ca.Orders.Any(order => order.Status == "processing"));
        await using TlsFixture b = await StartOnClusterAsync(cluster, 1, time, "http-01");

        cluster.CutOff(0);
        await Pump.UntilAsync(time, () => b.Certificates.In(Host) is not null);

        Assert.Single(ca.Issued);
        Assert.Single(ca.Orders);
        Assert.Contains(a.Log.Lines, line => line.Contains("no longer leads", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_replica_that_does_not_lead_says_who_does_when_a_renewal_is_requested()
    {
        await using StandInObjects cluster = await StandInObjects.StartAsync(replicas: 2);
        cluster.PutAsTheChart("issuer-gateway", Host);
        FakeTimeProvider time = new(TimeProvider.System.GetUtcNow());
        await using TlsFixture a = await StartOnClusterAsync(cluster, 0, time, "http-01");
        await Pump.UntilAsync(time, () => a.Certificates.In(Host) is not null);
        await using TlsFixture b = await StartOnClusterAsync(cluster, 1, time, "http-01");
        await Pump.UntilAsync(time, () => b.Service<ILeadership>().Leader is not null);

        CommandResult response = await b.Service<AcmeCommands>().RenewAsync(Host, CancellationToken.None);

        Assert.Equal(new CommandResult(false, $"{Host}: another replica orders certificates", $"run it there: kubectl exec {LeaseLeadership.PodOf(a.Service<ILeadership>().Leader!)} -- issuer-gateway renew {Host}"), response);
        Assert.Single(ca.Orders);
    }

    [Fact]
    public async Task A_broken_state_Secret_is_kept_aside_in_it_and_replaced()
    {
        await using StandInObjects cluster = await StandInObjects.StartAsync();
        cluster.PutAsTheChart("issuer-gateway", Host);
        cluster.Objects["/api/v1/namespaces/gateway/secrets/issuer-gateway-acme"]["data"] = new System.Text.Json.Nodes.JsonObject { ["acme.json"] = Convert.ToBase64String("half {"u8) };
        FakeTimeProvider time = new(TimeProvider.System.GetUtcNow());
        await using TlsFixture a = await StartOnClusterAsync(cluster, 0, time, "http-01");

        await Pump.UntilAsync(time, () => a.Certificates.In(Host) is not null);

        Assert.Equal(Convert.ToBase64String("half {"u8), (string?)cluster.Objects["/api/v1/namespaces/gateway/secrets/issuer-gateway-acme"]["data"]!["acme.json.broken"]);
        Assert.Contains(a.Log.Lines, line => line.StartsWith("Warning: Secrets gateway/issuer-gateway-* (Tls:Acme:Store): the state is damaged; it is kept as acme.json.broken of Secret gateway/issuer-gateway-acme when the next one is written.", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_broken_stored_certificate_is_put_aside_and_replaced()
    {
        Directory.CreateDirectory(directory.File("store"));
        await File.WriteAllTextAsync(directory.File($"store/{Host}.pem"), "-----BEGIN CERTIFICATE-----\nAAAA");

        await using TlsFixture server = await StartOnDirectoryAsync();
        await Eventually.TrueAsync(() => server.Certificates.In(Host) is not null);

        // Served first, stored then.
        await Eventually.TrueAsync(() => Directory.GetFiles(directory.File("store"), "*.broken-*").Length > 0);
        Assert.Single(Directory.GetFiles(directory.File("store"), "*.broken-*"));
    }

    private Task<TlsFixture> StartOnDirectoryAsync(params (string Key, string Value)[] more) =>
        TlsFixture.StartAsync(TlsFixture.Settings([.. Common(), ("Acme:StoreDirectory", directory.File("store")), .. more]), [Host]);

    private Task<TlsFixture> StartOnClusterAsync(StandInObjects cluster, int replica, TimeProvider time, string challenge) => TlsFixture.StartAsync(
        TlsFixture.Settings([.. Common(), ("Acme:Store", "Secrets"), ("Kubernetes:Namespace", "gateway"), ("Acme:Challenges", challenge)]), [Host], time, cluster.Access(replica));

    private (string, string)[] Common() => [("Mode", "Acme"), ("Acme:Directory", ca.Directory.OriginalString), ("Acme:CaFile", directory.File("ca.pem")), ("Acme:AcceptTerms", "true")];

    // As a validator does: RFC 8555 §8.3 and RFC 8737 §3.
    private static async Task<string?> LookAsync(TlsFixture server, string name, string type, string authorization)
    {
        if (type == "http-01")
        {
            using SocketsHttpHandler handler = new() { UseProxy = false };
            using HttpClient client = new(handler);
            using HttpResponseMessage response = await client.GetAsync($"http://127.0.0.1:{server.HttpPort}/.well-known/acme-challenge/{authorization.Split('.')[0]}");
            return response.IsSuccessStatusCode && await response.Content.ReadAsStringAsync() == authorization ? null : "unauthorized";
        }

        (SslStream stream, IReadOnlyList<X509Certificate2> sent) = await server.ConnectAsync(name, new SslApplicationProtocol("acme-tls/1"));
        await using SslStream closing = stream;
        byte[] expected = [4, 32, .. SHA256.HashData(Encoding.ASCII.GetBytes(authorization))];
        return sent[0].Extensions.Any(extension => extension.Oid!.Value == "1.3.6.1.5.5.7.1.31" && extension.RawData.SequenceEqual(expected)) ? null : "unauthorized";
    }
}
