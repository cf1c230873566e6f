using System.Collections.Immutable;
using IssuerGateway.Issuers;
using IssuerGateway.Publishing.Keys;
using IssuerGateway.Tests.Issuers;

namespace IssuerGateway.Tests.Publishing.Keys;

/// <summary>Which keys are left out when servers together send more than relying parties take.</summary>
public sealed class KeyAdmissionTests
{
    private static readonly DateTimeOffset start = DateTimeOffset.Parse("2026-11-24T12:00:00Z");

    /// <summary>Of four, neither one nor two are most.</summary>
    private static readonly string[] listed = ["1", "2", "3", "4"];

    [Theory]
    [InlineData(0, "a b c")]
    [InlineData(1, "a b")]
    public void Fills_a_set_up_to_the_last_byte_that_is_allowed(int beyond, string admitted)
    {
        // {"keys":[ , , ]}
        int left = StrictJson.MaxBytes - 13 - 200_000;
        KeyUnion union = new([Sized("a", 100_000, "1"), Sized("b", 100_000, "1"), Sized("c", left + beyond, "1")]);
        Assert.Equal(StrictJson.MaxBytes + beyond, KeySet.Of([.. union.Keys.Select(key => key.Key)]).Bytes.Length);

        Assert.Equal(admitted, string.Join(' ', KeyAdmission.Fit(union, ["1"], KeyUnion.Empty).Admitted.Keys.Select(key => key.Identity)));
    }

    [Theory]
    [InlineData("a", 0, true)]
    [InlineData("a", 9, false)]
    [InlineData("z", 5, false)]
    public void Leaves_out_what_a_server_does_not_send_any_more_then_its_youngest_keys_then_the_last_by_name(string name, int since, bool isGone)
    {
        TrackedKey[] last = [.. Kids(name, 10).Select(kid => Key(Build.Rsa(kid), ("1", Sent(since) with { MissingSince = isGone ? start : null })))];
        TrackedKey[] others = [.. Kids("k", 95).Select(kid => Key(Build.Rsa(kid), ("1", Sent(5))))];

        (KeyUnion admitted, _, _) = KeyAdmission.Fit(new KeyUnion([.. last.Reverse(), .. others]), listed, KeyUnion.Empty);

        Assert.Equal([.. Kids(name, 5).Reverse(), .. Kids("k", 95)], admitted.Keys.Select(key => key.Identity));
    }

    [Theory]
    [InlineData("1", "2")]
    [InlineData("2", "1")]
    public void A_key_counts_where_it_takes_the_least_of_a_share(string flooding, string other)
    {
        TrackedKey shared = Key(Build.Rsa("shared"), (flooding, Sent(9)), (other, Sent(9)));
        TrackedKey[] flood = [.. Kids("k", 100).Select(kid => Key(Build.Rsa(kid), (flooding, Sent(0))))];

        (KeyUnion admitted, _, IReadOnlyList<string> leftOut) = KeyAdmission.Fit(new KeyUnion([shared, .. flood]), listed, KeyUnion.Empty);

        Assert.Equal(["shared", .. Kids("k", 99)], admitted.Keys.Select(key => key.Identity));
        Assert.Equal([flooding], leftOut);
    }

    [Fact]
    public void Few_large_keys_take_as_much_of_a_share_as_they_have_bytes()
    {
        TrackedKey[] large = [.. Kids("large", 2).Select(kid => Sized(kid, 120 * 1024, "1"))];
        TrackedKey[] small = [.. Kids("small", 60).Select(kid => Sized(kid, 500, "2"))];

        Assert.Equal(["1"], LeftOutServers([.. large, .. small]));
    }

    [Fact]
    public void Many_small_keys_take_as_much_of_a_share_as_there_are_of_them()
    {
        TrackedKey[] few = [.. Kids("few", 20).Select(kid => Sized(kid, 6 * 1024, "1"))];
        TrackedKey[] many = [.. Kids("many", 90).Select(kid => Sized(kid, 500, "2"))];

        Assert.Equal(["2"], LeftOutServers([.. few, .. many]));
    }

    /// <summary>The second key of server 1 ends its share at byte 132,012: each key has a comma too.</summary>
    [Theory]
    [InlineData(132_000, "1")]
    [InlineData(132_002, "2")]
    public void Counts_a_share_to_the_byte(int size, string leftOut) =>
        Assert.Equal([leftOut], LeftOutServers(Sized("a", 65_000, "1"), Sized("b", 67_000, "1"), Sized("c", size, "2")));

    private static IReadOnlyList<string> LeftOutServers(params TrackedKey[] keys) => KeyAdmission.Fit(new KeyUnion([.. keys]), listed, KeyUnion.Empty).LeftOutServers;

    private static IEnumerable<string> Kids(string name, int count) => Enumerable.Range(0, count).Select(i => $"{name}-{i:00}");

    /// <summary>A key of that many bytes, most of them white space.</summary>
    private static TrackedKey Sized(string kid, int bytes, string server)
    {
        string jwk = Build.Rsa(kid);
        return Key(jwk.Insert(1, new string(' ', bytes - jwk.Length)), (server, Sent(0)));
    }

    private static TrackedKey Key(string jwk, params (string Server, KeySource Source)[] sources) =>
        new(Build.Keys(jwk).Keys[0], sources.ToImmutableSortedDictionary(each => each.Server, each => each.Source, StringComparer.Ordinal));

    private static KeySource Sent(int since) => new(start.AddMinutes(since), start.AddMinutes(since), null, null, "material", "spelling");
}
