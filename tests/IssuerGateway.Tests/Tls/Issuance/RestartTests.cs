using IssuerGateway.Tests.Acme;
using IssuerGateway.Tls.Issuance.Stores;

namespace IssuerGateway.Tests.Tls.Issuance;

/// <summary>Ends the process at every request and at every write of an order, and starts another one on the same store.</summary>
public sealed class RestartTests : IAsyncLifetime
{
    private readonly TemporaryDirectory directory = new();
    private readonly SkippingTime time = new(new DateTimeOffset(2026, 11, 24, 12, 0, 0, TimeSpan.Zero));
    private StandInCa ca = null!;

    public async ValueTask InitializeAsync() => ca = await StandInCa.StartAsync(directory.File("ca.pem"), time);

    public async ValueTask DisposeAsync()
    {
        await ca.DisposeAsync();
        directory.Dispose();
    }

    [Fact]
    public async Task Ends_with_one_certificate_and_at_most_one_orphaned_order_whichever_request_was_the_last()
    {
        int steps = 0;
        for (bool hasEnded = false; !hasEnded; steps++)
        {
            int last = steps, seen = 0;
            using CancellationTokenSource kill = new();
            ca.Reject = (_, _) =>
            {
                // The CA does what was requested; its response finds nobody.
                if (seen++ == last)
                {
                    kill.Cancel();
                }

                return null;
            };
            hasEnded = await RunAndRestartAsync(steps, new DirectoryAcmeStore(StoreOf(steps), time), kill);
        }

        Assert.InRange(steps, 8, 20);
    }

    [Fact]
    public async Task Ends_with_one_certificate_and_at_most_one_orphaned_order_whichever_write_was_the_last()
    {
        int steps = 0;
        for (bool hasEnded = false; !hasEnded; steps++)
        {
            int last = steps, seen = 0;
            using CancellationTokenSource kill = new();
            FaultyStore store = new(new DirectoryAcmeStore(StoreOf(steps), time))
            {
                OnWrite = () =>
                {
                    if (seen++ == last)
                    {
                        kill.Cancel();
                    }
                },
            };
            hasEnded = await RunAndRestartAsync(steps, store, kill);
        }

        Assert.InRange(steps, 10, 30);
    }

    private string StoreOf(int step) => Path.Combine(Directory.CreateDirectory(directory.File($"{step}")).FullName, "store");

    /// <returns>Whether the first process came to its end.</returns>
    private async Task<bool> RunAndRestartAsync(int step, IAcmeStore store, CancellationTokenSource kill)
    {
        int ordersBefore = ca.Orders.Count, issuedBefore = ca.Issued.Count();
        File.Copy(directory.File("ca.pem"), directory.File($"{step}/ca.pem"), overwrite: true);
        bool hasEnded = false;
        using (AcmeFixture first = await new AcmeFixture(ca, directory.File($"{step}"), time, store).LoadAsync())
        {
            try
            {
                await first.Renewal.StepAsync(false, kill.Token);
                hasEnded = !kill.IsCancellationRequested;
            }
            catch (OperationCanceledException)
            {
                // Killed.
            }
        }

        ca.Reject = (_, _) => null;
        using AcmeFixture second = await new AcmeFixture(ca, directory.File($"{step}"), time).LoadAsync();
        await second.Renewal.StepAsync(false, CancellationToken.None);

        Assert.NotNull(second.Served);
        Assert.Equal(issuedBefore + 1, ca.Issued.Count());
        Assert.InRange(ca.Orders.Count - ordersBefore, 1, 2);
        return hasEnded;
    }
}
