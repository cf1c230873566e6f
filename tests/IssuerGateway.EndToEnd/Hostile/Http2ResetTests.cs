namespace IssuerGateway.EndToEnd.Hostile;

/// <summary>
/// MadeYouReset (CVE-2025-8671): what makes the gateway reset a stream while its response is under way, so that it counts as
/// over and another may begin, without a reset of the client's that could be counted.
/// </summary>
public sealed class Http2ResetTests
{
    [Fact]
    public Task Windows_of_streams_that_overflow() => RunAsync("windows of streams beyond 2^31-1", 100, (block, stream) =>
    [
        .. RawHttp2.FrameBytes(RawHttp2.Headers, RawHttp2.EndStream | RawHttp2.EndHeaders, stream, block),
        .. RawHttp2.FrameBytes(RawHttp2.WindowUpdate, 0, stream, RawHttp2.Number(int.MaxValue)),
    ]);

    [Fact]
    public Task Requests_without_a_path() => RunAsync("requests without :path", 200, (_, stream) =>
        RawHttp2.FrameBytes(RawHttp2.Headers, RawHttp2.EndStream | RawHttp2.EndHeaders, stream, [.. RawHttp2.Field(":method", "GET"), .. RawHttp2.Field(":scheme", "https")]));

    [Fact]
    public Task Bodies_longer_than_announced() => RunAsync("bodies longer than announced", 100, (block, stream) =>
    [
        .. RawHttp2.FrameBytes(RawHttp2.Headers, RawHttp2.EndHeaders, stream, [.. block, .. RawHttp2.Field("content-length", "1")]),
        .. RawHttp2.FrameBytes(RawHttp2.Data, 0, stream, 1, 2),
    ]);

    [Fact]
    public Task Requests_that_do_not_end() => RunAsync("requests that do not end", 200, (block, stream) =>
        RawHttp2.FrameBytes(RawHttp2.Headers, RawHttp2.EndHeaders, stream, block));

    private static Task RunAsync(string name, int streams, Func<byte[], int, byte[]> frames) => Http2FloodTests.RunAsync(
        $"MadeYouReset by {name}", Http2FloodTests.EndedMargin,
        block => new([], 200, round => Http2FloodTests.Repeat(streams, i => frames(block, Http2FloodTests.Stream(round, streams, i)))));
}
