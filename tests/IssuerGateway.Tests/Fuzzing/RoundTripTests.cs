using System.Buffers;
using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Text;
using CsCheck;
using IssuerGateway.Base;
using IssuerGateway.Edge;
using IssuerGateway.Fuzz.Targets;
using IssuerGateway.Issuers;
using IssuerGateway.Publishing.Keys;
using IssuerGateway.Publishing.State;
using IssuerGateway.Tests.Issuers;
using IssuerGateway.Tls.Issuance.Stores;
using IssuerGateway.Tls.Serving;

namespace IssuerGateway.Tests.Fuzzing;

/// <summary>What is made well-formed is read as it was made.</summary>
public sealed class RoundTripTests
{
    private const int Samples = 2000;

    private static readonly string[] privateNames = ["d", "p", "q", "dp", "dq", "qi", "oth", "k", "priv", "\\u0064"];

    private static readonly Gen<DateTimeOffset> moment = Gen.Long[0, DateTimeOffset.MaxValue.UtcTicks].Select(ticks => new DateTimeOffset(ticks, TimeSpan.Zero));

    private static readonly Gen<string> text = Gen.OneOf(Gen.String[Gen.Char[' ', '~'], 0, 12], Gen.String[Gen.Int[0, 5].Select(i => "\"\\\u00e9\u2028d/"[i]), 0, 6]);

    [Fact]
    public void A_duration_is_read_as_it_is_shown() =>
        Gen.Long[0, TimeSpan.MaxValue.Ticks / TimeSpan.TicksPerMillisecond].Select(milliseconds => TimeSpan.FromTicks(milliseconds * TimeSpan.TicksPerMillisecond))
            .Sample(duration => DurationText.TryParse(DurationText.Show(duration), out TimeSpan read) && read == duration, iter: Samples);

    [Fact]
    public void A_key_history_is_read_as_it_is_written() =>
        Gen.Select(text, moment, Gen.Select(text, Gen.Select(moment, moment, moment.Nullable())).Array[0, 20]).Sample((issuer, since, keys) =>
        {
            KeyHistory history = new(since, keys.DistinctBy(key => key.Item1)
                .ToImmutableSortedDictionary(key => key.Item1, key => new KeyHistoryEntry(key.Item2.Item1, key.Item2.Item2, key.Item2.Item3), StringComparer.Ordinal));

            (string Issuer, KeyHistory History, bool IsIntact) read = KeyHistoryText.Read(KeyHistoryText.Write(issuer, history))!.Value;

            Assert.True(read.IsIntact);
            Assert.Equal(issuer, read.Issuer);
            Assert.Equal(history.WatchingSince, read.History.WatchingSince);
            Assert.Equal(history.Entries, read.History.Entries);
        }, iter: Samples);

    [Fact]
    public void The_ACME_state_is_read_as_it_is_written() =>
        Gen.Select(text, text.Null(), Gen.Int, moment.Nullable(), moment.Array[0, 4]).Sample((host, problem, failures, notBefore, issued) =>
        {
            AcmeState state = AcmeState.Empty with
            {
                Hosts = AcmeState.Empty.Hosts.SetItem(host, new HostState { Failures = failures, LastProblem = problem, NotBefore = notBefore, Issued = issued }),
            };

            HostState read = AcmeStateText.Read(AcmeStateText.Write(state)).State!.Host(host);

            Assert.Equal((problem, failures, notBefore), (read.LastProblem, read.Failures, read.NotBefore));
            Assert.Equal(issued, read.Issued);
        }, iter: Samples);

    [Fact]
    public void A_set_of_keys_is_read_as_it_is_put_together() =>
        Gen.String[Gen.Char.AlphaNumeric, 1, 20].Array[1, 20].Sample(kids =>
        {
            KeySet keys = Build.Keys([.. kids.Select(kid => Build.Rsa(kid))]);

            KeySet? read = KeySet.Parse(KeySet.Of(keys.Keys).Bytes, out _);

            Assert.Equal(kids, read!.Keys.Select(key => key.KeyId));
            Assert.Equal(keys.Bytes.ToArray(), read.Bytes.ToArray());
        }, iter: 200);

    [Fact]
    public void A_private_member_is_found_wherever_it_stands() =>
        Gen.Select(Gen.Int[0, privateNames.Length - 1], Gen.Int[0, 5], Gen.Bool).Sample((index, depth, beside) =>
        {
            string name = privateNames[index];
            string hidden = $"{string.Concat(Enumerable.Repeat("{\"a\":[", depth))}{{\"{name}\":\"AA\"}}{string.Concat(Enumerable.Repeat("]}", depth))}";
            string key = Build.Rsa("a");
            string json = beside ? $"{{\"keys\":[{key}],\"more\":{hidden}}}" : $"{{\"keys\":[{key[..^1]},\"more\":{hidden}}}]}}";

            KeySet keys = KeySet.Parse(Build.Utf8(json), out _)!;

            Assert.Equal("private-key", Assert.Single(FidelityRules.Validate(keys)).Rule);
        }, iter: Samples);

    [Fact]
    public void A_protocol_is_found_in_a_hello_exactly_when_it_is_offered() =>
        Gen.Select(Gen.String[Gen.Char['a', 'z'], 1, 20].Array[0, 8], Gen.Bool, Gen.Int[1, 64], Gen.Int[0, 32], Gen.Int[1, 400]).Sample((names, isOffered, piece, session, record) =>
        {
            string[] offered = isOffered ? [.. names, "acme-tls/1"] : names;

            Assert.Equal(isOffered ? ClientHelloFinding.Offered : ClientHelloFinding.NotOffered,
                ClientHello.Offers(Segments.Of(Hello(offered, session, record), piece), "acme-tls/1"u8));
        }, iter: Samples);

    [Fact]
    public void An_entity_tag_matches_exactly_when_it_is_in_the_list() =>
        Gen.Select(Gen.Select(Gen.String[Gen.Char[' ', '~'].Where(c => c != '"'), 0, 8], Gen.Bool).Array[0, 6], Gen.Bool).Sample((tags, isThere) =>
        {
            IEnumerable<string> list = tags.Where(tag => tag.Item1 != "abc").Select(tag => $"{(tag.Item2 ? "W/" : "")}\"{tag.Item1}\"");

            Assert.Equal(isThere, IfNoneMatch.Matches(string.Join(", ", isThere ? list.Append("\"abc\"") : list), "\"abc\""));
        }, iter: Samples);

    // RFC 8446 §4.1.2, in records of the given size.
    private static byte[] Hello(string[] protocols, int sessionLength, int recordLength)
    {
        byte[] names = [.. protocols.SelectMany(name => (byte[])[(byte)name.Length, .. Encoding.ASCII.GetBytes(name)])];
        byte[] alpn = protocols.Length == 0 ? [] : [0, 16, .. Length(names.Length + 2), .. Length(names.Length), .. names];
        byte[] extensions = [0, 43, 0, 3, 2, 3, 4, .. alpn];
        byte[] content = [3, 3, .. new byte[32], (byte)sessionLength, .. new byte[sessionLength], 0, 2, 0x13, 1, 1, 0, .. Length(extensions.Length), .. extensions];
        byte[] handshake = [1, 0, .. Length(content.Length), .. content];
        return [.. handshake.Chunk(recordLength).SelectMany(fragment => (byte[])[22, 3, 1, .. Length(fragment.Length), .. fragment])];
    }

    private static byte[] Length(int length)
    {
        byte[] bytes = new byte[2];
        BinaryPrimitives.WriteUInt16BigEndian(bytes, (ushort)length);
        return bytes;
    }
}
