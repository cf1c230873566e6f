using IssuerGateway.Tests.Acme;
using IssuerGateway.Tls.Issuance;
using IssuerGateway.Tls.Issuance.Orders;

namespace IssuerGateway.Tests.Tls.Issuance;

public sealed class RenewalReportTests
{
    [Theory]
    [InlineData(true, "after the pause that followed a failed attempt")]
    [InlineData(false, "because several were ordered just before")]
    public async Task Says_why_a_host_without_a_certificate_waits(bool isPaused, string reason)
    {
        using TemporaryDirectory directory = new();
        await using StandInCa ca = await StandInCa.StartAsync(directory.File("ca.pem"));
        using AcmeFixture gateway = new(ca, directory.Path, new SkippingTime(new DateTimeOffset(2026, 11, 24, 12, 0, 0, TimeSpan.Zero)));

        new RenewalReport(gateway.Context, AcmeFixture.Host).Scheduled(new OrderDecision(new DateTimeOffset(2026, 11, 24, 13, 0, 0, TimeSpan.Zero), IsTooLate: true), hasFailed: false, isPaused);

        Assert.Equal([$"Error: a.example.test has no valid certificate, and the next one is ordered at 2026-11-24 13:00:00Z, {reason}. To order at once: issuer-gateway renew a.example.test"], gateway.Log.Lines);
    }
}
