namespace IssuerGateway.EndToEnd.Hostile;

/// <summary>Frames that break RFC 9113: the connection ends with the error code that the section names, again and again, and nobody else notices.</summary>
public sealed class Http2ErrorTests
{
    private const uint ProtocolError = 1;
    private const uint FlowControlError = 3;
    private const uint StreamClosed = 5;
    private const uint FrameSizeError = 6;
    private const uint CompressionError = 9;

    private static readonly byte[] block = RawHttp2.Request(443);

    private static readonly (string Name, uint[] Codes, byte[] Bytes)[] misuses =
    [
        ("window update overflow (§6.9.1)", [FlowControlError], RawHttp2.FrameBytes(RawHttp2.WindowUpdate, 0, 0, RawHttp2.Number(int.MaxValue))),
        ("window update of zero (§6.9)", [ProtocolError], RawHttp2.FrameBytes(RawHttp2.WindowUpdate, 0, 0, RawHttp2.Number(0))),
        ("initial window above 2^31-1 (§6.5.2)", [FlowControlError], RawHttp2.FrameBytes(RawHttp2.Settings, 0, 0, RawHttp2.Setting(4, uint.MaxValue))),
        ("max frame size below 16384 (§6.5.2)", [ProtocolError], RawHttp2.FrameBytes(RawHttp2.Settings, 0, 0, RawHttp2.Setting(5, 1))),
        ("SETTINGS of 5 bytes (§6.5)", [FrameSizeError], RawHttp2.FrameBytes(RawHttp2.Settings, 0, 0, new byte[5])),
        ("SETTINGS on a stream (§6.5)", [ProtocolError], RawHttp2.FrameBytes(RawHttp2.Settings, 0, 1)),
        ("PING of 7 bytes (§6.7)", [FrameSizeError], RawHttp2.FrameBytes(RawHttp2.Ping, 0, 0, new byte[7])),
        ("an even stream (§5.1.1)", [ProtocolError], RawHttp2.FrameBytes(RawHttp2.Headers, 5, 2, block)),
        ("HEADERS on stream 0 (§6.2)", [ProtocolError], RawHttp2.FrameBytes(RawHttp2.Headers, 5, 0, block)),
        ("a stream lower than the last (§5.1.1)", [ProtocolError, StreamClosed],
            [.. RawHttp2.FrameBytes(RawHttp2.Headers, 5, 5, block), .. RawHttp2.FrameBytes(RawHttp2.Headers, 5, 3, block)]),
        ("DATA on an idle stream (§5.1)", [ProtocolError, StreamClosed], RawHttp2.FrameBytes(RawHttp2.Data, 1, 7, 1)),
        ("RST_STREAM on an idle stream (§6.4)", [ProtocolError], RawHttp2.FrameBytes(RawHttp2.ResetStream, 0, 7, RawHttp2.Number(8))),
        ("CONTINUATION without HEADERS (§6.10)", [ProtocolError], RawHttp2.FrameBytes(RawHttp2.Continuation, 4, 1, block)),
        ("another frame amid a header block (§6.10)", [ProtocolError],
            [.. RawHttp2.FrameBytes(RawHttp2.Headers, 1, 1, block), .. RawHttp2.FrameBytes(RawHttp2.Ping, 0, 0, new byte[8])]),
        ("a stream that depends on itself (§5.3.1 of RFC 7540)", [ProtocolError], RawHttp2.FrameBytes(RawHttp2.Priority, 0, 3, 0, 0, 0, 3, 1)),
        ("padding longer than the frame (§6.1)", [ProtocolError], RawHttp2.FrameBytes(RawHttp2.Headers, 0x0D, 1, 255, 0x82)),
        ("PUSH_PROMISE of a client (§8.4)", [ProtocolError], RawHttp2.FrameBytes(5, 4, 1, 0, 0, 0, 2, 0x82)),
        ("a frame of 65,536 bytes (§4.2)", [FrameSizeError], [.. (byte[])[1, 0, 0, 0, 0, 0, 0, 0, 1], .. new byte[65_536]]),
        ("an HPACK index that is not there (RFC 7541 §2.3.3)", [CompressionError], RawHttp2.FrameBytes(RawHttp2.Headers, 5, 1, 0xFF, 0x80, 0x01)),
        ("an HPACK integer without end (RFC 7541 §5.1)", [CompressionError], RawHttp2.FrameBytes(RawHttp2.Headers, 5, 1, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F)),
        ("an HPACK table above what was allowed (RFC 7541 §6.3)", [CompressionError], RawHttp2.FrameBytes(RawHttp2.Headers, 5, 1, [0x3F, 0xE1, 0xFF, 0x03, .. block])),
        ("a name in capitals (§8.2.1)", [ProtocolError], RawHttp2.FrameBytes(RawHttp2.Headers, 5, 1, [.. block, .. RawHttp2.Field("X-Upper", "1")])),
        ("a connection header (§8.2.2)", [ProtocolError], RawHttp2.FrameBytes(RawHttp2.Headers, 5, 1, [.. block, .. RawHttp2.Field("connection", "close")])),
        ("garbage", [ProtocolError, FrameSizeError, CompressionError], [.. Enumerable.Range(0, 4096).Select(i => (byte)(i * 167))]),
    ];

    [Fact]
    public async Task Broken_frames_end_their_connection_with_the_code_of_the_standard()
    {
        await using Attack attack = await Attack.PrepareAsync();
        Dictionary<string, string> wrong = [];
        int next = 0;

        await attack.RunAsync($"HTTP/2 misuse, {misuses.Length} kinds", async end =>
        {
            // Each kind once for certain, whatever the time; then on until the end.
            foreach ((string name, uint[] codes, byte[] bytes) in misuses)
            {
                using CancellationTokenSource waitLimit = new(Attack.WaitLimit);
                uint? error = await MisuseAsync(attack.Port, bytes, waitLimit.Token);
                if (!codes.Contains(error ?? 0))
                {
                    wrong[name] = error?.ToString() ?? "closed without a word";
                }
            }

            int count = await Attack.PaceAsync(50, stop => MisuseAsync(attack.Port, misuses[Interlocked.Increment(ref next) % misuses.Length].Bytes, stop), end);
            return $"{misuses.Length + count} connections";
        });

        Assert.Empty(wrong);
    }

    [Fact]
    public async Task A_header_list_of_thousands_of_references_to_one_long_entry_is_rejected()
    {
        // RFC 7541: one byte each, 4 KB once decoded; the dynamic table holds it once.
        await using Attack attack = await Attack.PrepareAsync();
        byte[] bomb = [.. RawHttp2.Request(attack.Port), 0x40, .. RawHttp2.Field("bomb", new string('b', 3_900))[1..], .. Enumerable.Repeat((byte)0xBE, 8_000)];
        int responded = 0;

        await attack.RunAsync("HPACK bomb", async end =>
        {
            int count = await Attack.PaceAsync(50, async stop =>
            {
                await using RawHttp2 connection = await RawHttp2.ConnectAsync(attack.Port, ClientSide.AnyAttacker(), stop);
                await connection.SendAsync(RawHttp2.FrameBytes(RawHttp2.Headers, 5, 1, bomb), stop);
                while (await connection.ReadAsync(stop) is { } frame)
                {
                    // A body would be DATA.
                    responded += frame.Type == RawHttp2.Data && frame.Payload.Length > 0 ? 1 : 0;
                    if (frame.Type is RawHttp2.GoAway or RawHttp2.Headers or RawHttp2.ResetStream)
                    {
                        break;
                    }
                }
            }, end);
            return $"{count} of 32 MB once decoded";
        });

        Assert.Equal(0, responded);
    }

    private static async Task<uint?> MisuseAsync(int port, byte[] bytes, CancellationToken cancellationToken)
    {
        await using RawHttp2 connection = await RawHttp2.ConnectAsync(port, ClientSide.AnyAttacker(), cancellationToken);
        try
        {
            await connection.SendAsync(bytes, cancellationToken);
        }
        catch (IOException)
        {
            // Ended before the last byte was taken.
        }

        return await connection.ErrorAsync(cancellationToken);
    }
}
