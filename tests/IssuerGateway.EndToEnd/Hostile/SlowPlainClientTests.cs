namespace IssuerGateway.EndToEnd.Hostile;

/// <summary>The slow clients of HTTP/1.1 on the port without TLS; both kinds at once, because each takes its time.</summary>
public sealed class SlowPlainClientTests
{
    [Fact]
    public Task Slow_headers_and_slow_readers() => SlowClientTests.EachIsEndedAsync(
        "slow headers and slow readers, without TLS",
        (attack, waitLimit) => Task.WhenAll(
            Attack.SurviveAsync(() => SlowClientTests.SendSlowHeadersAsync(attack, waitLimit)),
            Attack.SurviveAsync(() => SlowClientTests.NeverReadAsync(attack, waitLimit))),
        isPlain: true);
}
