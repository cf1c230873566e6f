using IssuerGateway.Tests.Acme;
using IssuerGateway.Tls.Issuance.Stores;
using IssuerGateway.Tls.Serving;

namespace IssuerGateway.Tests.Tls.Issuance;

/// <summary>Faults around certificates: clocks that jump, a CA that is gone for days, a disk that changes bits.</summary>
public sealed class AcmeFaultTests : IAsyncLifetime
{
    private readonly TemporaryDirectory directory = new();
    private readonly JumpingTime time = new();
    private StandInCa ca = null!;

    public async ValueTask InitializeAsync() => ca = await StandInCa.StartAsync(directory.File("ca.pem"), time);

    public async ValueTask DisposeAsync()
    {
        await ca.DisposeAsync();
        directory.Dispose();
    }

    [Theory]
    [InlineData(6)]
    [InlineData(90)]
    public async Task A_wall_clock_that_jumps_a_day_forward_and_two_back_orders_nothing(int lifetimeDays)
    {
        ca.Lifetime = TimeSpan.FromDays(lifetimeDays);
        using AcmeFixture gateway = await IssuedAsync();
        string served = gateway.Served!.Thumbprint;

        foreach (int days in (int[])[1, -2, 1])
        {
            time.Jump(TimeSpan.FromDays(days));
            await StepAsync(gateway, isForced: false);
            Assert.Equal(served, gateway.Served.Thumbprint);
        }

        Assert.Single(ca.Orders);
    }

    [Fact]
    public async Task A_CA_that_is_gone_for_days_in_the_middle_of_an_order_costs_nothing_but_time()
    {
        using AcmeFixture gateway = await IssuedAsync();
        string served = gateway.Served!.Thumbprint;
        bool isGone = false;
        ca.Reject = (path, _) =>
        {
            // From the moment in which the order has been taken.
            isGone |= ca.Orders.Count == 2;
            return isGone ? (503, "serverInternal", null) : null;
        };
        await StepAsync(gateway, isForced: true);
        Assert.NotNull(gateway.State.Order);
        for (int hours = 0; hours < 72; hours += 3)
        {
            time.Advance(TimeSpan.FromHours(3));
            await StepAsync(gateway, isForced: false);
            Assert.Equal(served, gateway.Served.Thumbprint);
        }

        Assert.Equal(2, ca.Orders.Count);
        ca.Reject = (_, _) => null;
        for (int tries = 0; tries < 10 && gateway.Served.Thumbprint == served; tries++)
        {
            time.Advance(TimeSpan.FromHours(6));
            await StepAsync(gateway, isForced: true);
        }

        Assert.NotEqual(served, gateway.Served.Thumbprint);
        Assert.InRange(ca.Orders.Count, 2, 3);
    }

    [Fact]
    public async Task A_CA_whose_name_is_not_known_any_longer_leaves_the_certificate_in_force()
    {
        using (AcmeFixture before = await IssuedAsync())
        {
        }

        using AcmeFixture gateway = await new AcmeFixture(ca, directory.Path, time, more: ("Directory", "https://ca.invalid/directory")).LoadAsync();
        await StepAsync(gateway, isForced: true);

        Assert.NotNull(gateway.Served);
        Assert.Contains(gateway.Log.Lines, line => line.StartsWith("Warning: No new certificate", StringComparison.Ordinal) && line.Contains("https://ca.invalid/directory", StringComparison.Ordinal));
    }

    // An open that waits for the other end of a pipe cost a time limit at each look, and nothing was ever ordered.
    [Theory]
    [InlineData("acme.json")]
    [InlineData($"{AcmeFixture.Host}.pem")]
    public async Task A_pipe_in_the_place_of_a_file_is_set_aside_and_replaced(string file)
    {
        Directory.CreateDirectory(directory.File("store"));
        using (System.Diagnostics.Process made = System.Diagnostics.Process.Start("mkfifo", [directory.File($"store/{file}")]))
        {
            await made.WaitForExitAsync(TestContext.Current.CancellationToken);
        }

        using AcmeFixture gateway = await IssuedAsync();

        using AcmeFixture restarted = await new AcmeFixture(ca, directory.Path, time).LoadAsync();
        Assert.Equal(gateway.Served!.Thumbprint, restarted.Served!.Thumbprint);
        Assert.Equal(gateway.State.Certificate, restarted.State.Certificate);
    }

    [Fact]
    public async Task A_flipped_bit_of_the_stored_state_or_certificate_never_ends_anything()
    {
        using AcmeFixture before = await IssuedAsync();
        DirectoryAcmeStore store = new(directory.File("store"), time);
        foreach (string file in (string[])[directory.File("store/acme.json"), store.CertificateFile(AcmeFixture.Host)])
        {
            byte[] written = await File.ReadAllBytesAsync(file);
            for (int bit = 5; bit < written.Length * 8; bit += 97)
            {
                byte[] flipped = [.. written];
                flipped[bit / 8] ^= (byte)(1 << (bit % 8));
                await File.WriteAllBytesAsync(file, flipped);

                // Loaded, or put aside and empty; in no case a fault that comes back at every start.
                StoredState state = await store.LoadAsync(CancellationToken.None);
                Assert.Null(state.Fault);
                CertificateCandidate offer = (await store.ReadCertificateAsync(AcmeFixture.Host, CancellationToken.None))!;
                Assert.Null(offer.Fault);
                _ = offer.Parse(out string? fault);
            }

            await File.WriteAllBytesAsync(file, written);
        }
    }

    private async Task<AcmeFixture> IssuedAsync()
    {
        AcmeFixture gateway = new(ca, directory.Path, time);
        await StepAsync(gateway, isForced: false);
        Assert.NotNull(gateway.Served);
        return gateway;
    }

    // Waits between two questions to the CA end as the clock continues.
    private async Task StepAsync(AcmeFixture gateway, bool isForced)
    {
        Task step = gateway.Renewal.StepAsync(isForced, CancellationToken.None);
        while (!step.IsCompleted)
        {
            await Task.WhenAny(step, Task.Delay(5));
            time.Advance(TimeSpan.FromSeconds(1));
        }

        await step;
    }
}
