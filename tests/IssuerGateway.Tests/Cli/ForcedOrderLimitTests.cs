using IssuerGateway.Cli;
using Microsoft.Extensions.Time.Testing;

namespace IssuerGateway.Tests.Cli;

public sealed class ForcedOrderLimitTests
{
    private readonly FakeTimeProvider time = new();

    [Fact]
    public void One_order_a_host_and_hour_succeeds()
    {
        ForcedOrderLimit limit = new(time);
        Assert.Null(limit.NextAllowed("a", ForcedOrderLimit.Renewals));
        limit.Record("a", isRenewed: true);
        time.Advance(TimeSpan.FromMinutes(10));

        Assert.Equal(time.GetUtcNow().AddMinutes(50), limit.NextAllowed("a", ForcedOrderLimit.Renewals));
        Assert.Null(limit.NextAllowed("b", ForcedOrderLimit.Renewals));
        time.Advance(TimeSpan.FromMinutes(50));
        Assert.Null(limit.NextAllowed("a", ForcedOrderLimit.Renewals));
    }

    [Fact]
    public void Four_failures_an_hour_are_allowed()
    {
        ForcedOrderLimit limit = new(time);
        for (int i = 0; i < 4; i++)
        {
            Assert.Null(limit.NextAllowed("a", ForcedOrderLimit.Renewals));
            limit.Record("a", isRenewed: false);
            time.Advance(TimeSpan.FromMinutes(10));
        }

        Assert.Equal(time.GetUtcNow().AddMinutes(20), limit.NextAllowed("a", ForcedOrderLimit.Renewals));
    }

    [Fact]
    public void Three_orders_an_hour_revoke_also_right_after_a_renewal()
    {
        ForcedOrderLimit limit = new(time);
        limit.Record("a", isRenewed: true);
        time.Advance(TimeSpan.FromMinutes(1));
        for (int i = 0; i < 2; i++)
        {
            Assert.Null(limit.NextAllowed("a", ForcedOrderLimit.Revocations));
            limit.Record("a", isRenewed: true);
            time.Advance(TimeSpan.FromMinutes(1));
        }

        Assert.Equal(time.GetUtcNow().AddMinutes(57), limit.NextAllowed("a", ForcedOrderLimit.Revocations));
        Assert.Equal(time.GetUtcNow().AddMinutes(59), limit.NextAllowed("a", ForcedOrderLimit.Renewals));
    }
}
