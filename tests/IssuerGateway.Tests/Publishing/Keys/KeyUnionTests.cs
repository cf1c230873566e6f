using System.Text;
using IssuerGateway.Issuers;
using IssuerGateway.Publishing.Keys;
using IssuerGateway.Tests.Issuers;

namespace IssuerGateway.Tests.Publishing.Keys;

public sealed class KeyUnionTests
{
    private static readonly DateTimeOffset start = DateTimeOffset.Parse("2026-11-24T12:00:00Z");
    private static readonly string a = Build.Rsa("a");
    private static readonly string b = Build.Rsa("b");
    private static readonly string c = Build.Rsa("c");

    private readonly KeyRetention retention = KeyRetention.Of(PublisherFixture.Settings, isOneAddress: false);
    private KeyUnion union = KeyUnion.Empty;
    private DateTimeOffset now = start;

    [Fact]
    public void Passes_the_bytes_of_agreeing_servers_through()
    {
        KeySet spaced = KeySet.Parse(Build.Utf8($"{{ \"keys\": [ {a}, {b} ] }}"), out _)!;
        union = union.Merge([new ServerKeys("1", spaced), new ServerKeys("2", spaced)], retention, [], now);

        Assert.Same(spaced, union.ToKeySet([spaced, spaced], published: null, isWhole: true));
    }

    [Fact]
    public void Takes_bytes_around_the_keys_from_all_servers_or_from_none()
    {
        KeySet plain = Build.Keys(a, b);
        KeySet padded = KeySet.Parse(Build.Utf8($"{{\"keys\":[{a},{b}],\"note\":\"{new string('x', 1000)}\"}}"), out _)!;
        union = union.Merge([new ServerKeys("1", padded), new ServerKeys("2", plain)], retention, [], now);

        Assert.Equal(plain.Bytes.ToArray(), union.ToKeySet([padded, plain], published: null, isWhole: true).Bytes.ToArray());
        Assert.Equal(plain.Bytes.ToArray(), union.ToKeySet([padded], published: null, isWhole: false).Bytes.ToArray());
    }

    [Fact]
    public void Publishes_a_new_key_of_one_server_at_once()
    {
        Refresh([a], [a]);
        Refresh([a], [a, b]);

        Assert.Equal("ab", Kids());
    }

    [Fact]
    public void Drops_a_key_when_every_server_has_responded_without_it_for_three_intervals()
    {
        Refresh([a, b], [a, b]);
        After(seconds: 30, [b], [b]);
        After(seconds: 89, [b], [b]);
        Assert.Equal("ab", Kids());

        After(seconds: 1, [b], [b]);
        Assert.Equal("b", Kids());
    }

    [Fact]
    public void Counts_time_and_not_refreshes()
    {
        Refresh([a, b], [a, b]);
        for (int i = 0; i < 50; i++)
        {
            After(seconds: 1, [b], [b]);
        }

        Assert.Equal("ab", Kids());
    }

    [Fact]
    public void Starts_counting_again_when_a_server_sends_the_key()
    {
        Refresh([a, b], [a, b]);
        After(seconds: 30, [b], [b]);
        After(seconds: 60, [b], [a, b]);
        After(seconds: 30, [b], [b]);
        After(seconds: 89, [b], [b]);

        Assert.Equal("ab", Kids());
    }

    [Fact]
    public void Keeps_the_key_of_a_server_that_does_not_respond_for_the_retention_time()
    {
        Refresh([a], [a], [a, b]);
        After(seconds: 30, [a], [a], null);
        After(seconds: (24 * 3600) - 31, [a], [a], null);
        Assert.Equal("ab", Kids());

        After(seconds: 1, [a], [a], null);
        Assert.Equal("a", Kids());
    }

    [Fact]
    public void Gives_a_silent_server_time_to_respond_after_an_outage_of_all()
    {
        Refresh([a], [a], [a, b]);

        // Nothing was refreshed for two days; the third server is the last to be reached again.
        After(seconds: 2 * 24 * 3600, [a], [a], null);
        After(seconds: 89, [a], [a], null);
        Assert.Equal("ab", Kids());

        After(seconds: 1, [a], [a], null);
        Assert.Equal("a", Kids());
    }

    [Fact]
    public void Behind_one_address_a_key_stays_for_an_hour()
    {
        KeyRetention one = KeyRetention.Of(PublisherFixture.Settings, isOneAddress: true);
        union = union.Merge([new ServerKeys("1", Build.Keys(a, b))], one, [], start);
        foreach ((int seconds, string expected) in ((int, string)[])[(30, "ab"), (3629, "ab"), (3630, "a")])
        {
            union = union.Merge([new ServerKeys("1", Build.Keys(a))], one, [], start.AddSeconds(seconds));
            Assert.Equal(expected, Kids());
        }
    }

    [Fact]
    public void Knows_the_servers_of_each_key()
    {
        Refresh([a], [a, b]);
        After(seconds: 30, [a], [a, b]);
        After(seconds: 30, [a, b], null);

        TrackedKey second = union.Keys[1];
        Assert.Equal(start, second.Since);
        Assert.Equal(["1", "2"], second.Sources.Keys);
        Assert.Equal((start.AddSeconds(60), true), (second.Sources["1"].Since, second.Sources["1"].IsCurrent));
        Assert.Equal((start.AddSeconds(30), start.AddSeconds(60), null), (second.Sources["2"].LastPublished, second.Sources["2"].MissingSince, second.Sources["2"].OmittedSince));
    }

    [Fact]
    public void Makes_a_union_of_verbatim_members_while_servers_differ()
    {
        Refresh([a, b], [b, c]);

        Assert.Equal($"{{\"keys\":[{a},{b},{c}]}}", Encoding.UTF8.GetString(union.ToKeySet([Build.Keys(a, b), Build.Keys(b, c)], published: null, isWhole: true).Bytes.Span));
    }

    [Fact]
    public void Keeps_the_published_order_while_servers_disagree_on_it()
    {
        KeySet published = Build.Keys(b, a);
        Refresh([b, a]);
        Refresh([a, b], [b, a]);

        Assert.Same(published, union.ToKeySet([Build.Keys(a, b), Build.Keys(b, a)], published, isWhole: true));
    }

    [Fact]
    public void Drops_a_revoked_key_at_once_and_never_takes_it_back()
    {
        Refresh([a, b]);
        union = union.Merge([new ServerKeys("1", Build.Keys(a, b))], retention, ["a"], now);

        Assert.Equal("b", Kids());
        Assert.Equal($"{{\"keys\":[{b}]}}", Encoding.UTF8.GetString(union.ToKeySet([Build.Keys(a, b)], published: null, isWhole: true).Bytes.Span));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Keeps_the_key_published_first_when_servers_put_another_under_its_kid(bool isOtherFirst)
    {
        string other = Other(a);
        Refresh([a], [a]);
        Refresh(isOtherFirst ? [other] : [a], isOtherFirst ? [a] : [other]);

        Assert.Equal(a, Text(union.Keys.Single().Key));
    }

    [Fact]
    public void Publishes_the_key_of_most_servers_under_a_kid_that_one_server_took_first()
    {
        string other = Other(a);
        Refresh([other], [b], [b]);
        Assert.Equal(other, Text(union.Keys[0].Key));

        Refresh([other], [a], [a]);
        Assert.Equal(a, Text(union.Keys[0].Key));

        // One of the two is down: its word still counts.
        After(seconds: 30, [other], [a], null);
        Assert.Equal(a, Text(union.Keys[0].Key));
    }

    [Theory]
    [InlineData("jwks-one-rsa", 0)]
    [InlineData("jwks-two-rsa-one-ec", 0)]
    [InlineData("jwks-two-rsa-one-ec", 2)]
    public void A_kid_that_Kubernetes_derived_from_its_key_can_be_taken_by_no_other(string recording, int index)
    {
        SigningKey real = KeySet.Parse(Recorded.Body(recording), out _)!.Keys[index];
        Assert.True(real.IsNamedByItself());
        string forged = Build.Rsa(real.KeyId!);

        // The other was there first, and on most servers.
        Refresh([forged], [forged], [b]);
        Refresh([forged], [forged], [Text(real)]);

        Assert.Equal(Text(real), Text(union.Keys.Single(key => key.Identity == real.KeyId).Key));
    }

    [Fact]
    public void Publishes_a_key_as_most_servers_spell_it()
    {
        string longer = a.Replace("\"e\":", "\"x5c\":[\"AAAA\"],\"e\":", StringComparison.Ordinal);
        Refresh([longer], [a], [a]);

        Assert.Equal(a, Text(union.Keys.Single().Key));
    }

    [Fact]
    public void Tells_keys_without_kid_apart_by_their_bytes()
    {
        Refresh(["""{"kty":"RSA","n":"AQ","e":"AQAB"}""", """{"kty":"RSA","n":"Ag","e":"AQAB"}"""]);

        Assert.Equal(2, union.Keys.Length);
    }

    [Fact]
    public void Takes_in_what_an_earlier_run_knew_however_late()
    {
        KeyUnion earlier = KeyUnion.Empty.Merge([new ServerKeys("1", Build.Keys(a)), new ServerKeys("3", Build.Keys(a, b, c))], retention, [], start.AddHours(-1));
        Refresh([a], [a]);

        union = union.WithRestored(earlier, ["c"]);

        Assert.Equal("ab", Kids());
        Assert.Equal(start.AddHours(-1), union.Keys[0].Since);
        Assert.Equal(start, union.Keys[0].Sources["1"].LastPublished);
        Assert.Equal(["1", "2", "3"], union.Keys[0].Sources.Keys);
    }

    [Fact]
    public void A_rolling_rotation_over_three_servers_never_flaps()
    {
        string[] old = [a];
        string[] rotated = [a, b];
        string[]?[][] refreshes =
        [
            [old, old, old], [rotated, old, old], [null, old, old], [rotated, rotated, old], [old, null, rotated], [rotated, rotated, rotated],
            [rotated, rotated, rotated],
        ];
        List<string> published = [];
        foreach (string[]?[] responses in refreshes)
        {
            After(seconds: 30, responses);
            published.Add(Kids());
        }

        Assert.Equal(["a", "ab", "ab", "ab", "ab", "ab", "ab"], published);
    }

    /// <summary>One refresh; the servers are numbered, and null is one that does not respond.</summary>
    private void Refresh(params string[]?[] responses) => union = union.Merge(
        [.. responses.Select((keys, i) => (keys, i)).Where(each => each.keys is not null).Select(each => new ServerKeys($"{each.i + 1}", Build.Keys(each.keys!)))], retention, [], now);

    private void After(int seconds, params string[]?[] responses)
    {
        now = now.AddSeconds(seconds);
        Refresh(responses);
    }

    private static string Other(string key) => key.Replace("\"n\":\"g", "\"n\":\"h", StringComparison.Ordinal);

    private static string Text(SigningKey key) => Encoding.UTF8.GetString(key.Member.Span);

    private string Kids() => string.Concat(union.Keys.Select(tracked => tracked.Key.KeyId));
}
