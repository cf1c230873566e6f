using IssuerGateway.Tls.Issuance;
using IssuerGateway.Tls.Issuance.Stores;
using IssuerGateway.Tls.Serving;
using Microsoft.Extensions.Time.Testing;

namespace IssuerGateway.Tests.Tls.Issuance;

public sealed class FailFastStoreTests
{
    private readonly FakeTimeProvider time = new();
    private readonly SlowStore slow;
    private readonly FailFastStore store;

    public FailFastStoreTests()
    {
        slow = new SlowStore(time);
        store = new FailFastStore(slow, time);
    }

    [Fact]
    public async Task A_store_that_hangs_costs_its_limit_once_and_not_at_each_step_of_an_order()
    {
        slow.Fault = "no response within 5 s";
        Assert.Equal("no response within 5 s", await store.SaveAsync(AcmeState.Empty, CancellationToken.None));

        for (int step = 0; step < 10; step++)
        {
            Assert.Equal("no response within 5 s", await store.SaveAsync(AcmeState.Empty, CancellationToken.None));
            Assert.Equal("no response within 5 s", (await store.ReadCertificateAsync("a.example.test", CancellationToken.None))!.Fault);
            Assert.Equal("no response within 5 s", await store.WriteCertificateAsync("a.example.test", "", "", CancellationToken.None));
        }

        Assert.Equal(["save"], slow.Requested);
        Assert.Equal(TimeSpan.FromSeconds(5), time.GetUtcNow() - time.Start);
    }

    [Fact]
    public async Task It_is_queried_again_after_a_while_and_by_every_look_at_the_state()
    {
        slow.Fault = "late";
        await store.SaveAsync(AcmeState.Empty, CancellationToken.None);
        Assert.Equal("late", (await store.LoadAsync(CancellationToken.None)).Fault);
        time.Advance(FailFastStore.Pause);
        await store.ReadCertificateAsync("a.example.test", CancellationToken.None);
        Assert.Equal(["save", "load", "read"], slow.Requested);

        slow.Fault = null;
        Assert.Null((await store.LoadAsync(CancellationToken.None)).Fault);
        Assert.Null(await store.SaveAsync(AcmeState.Empty, CancellationToken.None));
        Assert.Equal(["save", "load", "read", "load", "save"], slow.Requested);
    }

    [Fact]
    public async Task A_store_that_rejects_at_once_is_queried_every_time()
    {
        (slow.Fault, slow.Takes) = ("403", TimeSpan.Zero);
        await store.SaveAsync(AcmeState.Empty, CancellationToken.None);
        await store.SaveAsync(AcmeState.Empty, CancellationToken.None);

        Assert.Equal(["save", "save"], slow.Requested);
    }

    [Fact]
    public async Task A_store_that_is_slow_and_works_is_used()
    {
        await store.SaveAsync(AcmeState.Empty, CancellationToken.None);
        await store.WriteCertificateAsync("a.example.test", "", "", CancellationToken.None);

        Assert.Equal(["save", "write"], slow.Requested);
    }

    private sealed class SlowStore(FakeTimeProvider time) : IAcmeStore
    {
        public string? Fault { get; set; }

        public TimeSpan Takes { get; set; } = TimeSpan.FromSeconds(5);

        public List<string> Requested { get; } = [];

        public string Description => "a slow store";

        public TimeSpan PropagationDelay => TimeSpan.Zero;

        public Task<StoredState> LoadAsync(CancellationToken cancellationToken) => Task.FromResult(new StoredState(AcmeState.Empty, Do("load")));

        public Task<string?> SaveAsync(AcmeState state, CancellationToken cancellationToken) => Task.FromResult(Do("save"));

        public Task<string?> FindWriteFaultAsync(CancellationToken cancellationToken) => Task.FromResult(Do("probe"));

        public Task<CertificateCandidate?> ReadCertificateAsync(string host, CancellationToken cancellationToken) =>
            Task.FromResult(Do("read") is { } fault ? CertificateCandidate.Unreadable(fault) : null);

        public Task<string?> WriteCertificateAsync(string host, string chainPem, string keyPem, CancellationToken cancellationToken) => Task.FromResult(Do("write"));

        private string? Do(string what)
        {
            Requested.Add(what);
            time.Advance(Takes);
            return Fault;
        }
    }
}
