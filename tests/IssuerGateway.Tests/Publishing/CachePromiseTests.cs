using IssuerGateway.Publishing;

namespace IssuerGateway.Tests.Publishing;

public sealed class CachePromiseTests
{
    [Theory]
    [InlineData(604800, 3600, 300, "public, max-age=300, stale-while-revalidate=30, stale-if-error=86400")]
    [InlineData(604800, 60, 300, "public, max-age=60, stale-while-revalidate=30, stale-if-error=86400")]
    [InlineData(604800, 0, 300, "public, max-age=0, stale-while-revalidate=30, stale-if-error=86400")]
    [InlineData(604800, null, 300, "public, max-age=300, stale-while-revalidate=30, stale-if-error=86400")]
    [InlineData(400, 3600, 300, "public, max-age=300, stale-while-revalidate=30, stale-if-error=100")]
    [InlineData(310, 3600, 300, "public, max-age=300, stale-while-revalidate=10, stale-if-error=10")]
    [InlineData(100, 3600, 300, "public, max-age=100, stale-while-revalidate=0, stale-if-error=0")]
    [InlineData(-5, 3600, 300, "public, max-age=0, stale-while-revalidate=0, stale-if-error=0")]
    public void Never_promises_more_than_what_is_left(int left, int? upstream, int most, string header) =>
        Assert.Equal(header, CachePromise.Header(TimeSpan.FromSeconds(left), upstream is { } seconds ? TimeSpan.FromSeconds(seconds) : null, TimeSpan.FromSeconds(most)));
}
