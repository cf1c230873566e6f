using System.Text;
using IssuerGateway.Issuers;
using IssuerGateway.Publishing;
using IssuerGateway.Tests.Issuers;

namespace IssuerGateway.Tests.Publishing;

public sealed class KeyUnionTests
{
    private static readonly string a = Build.Rsa("a");
    private static readonly string b = Build.Rsa("b");
    private static readonly string c = Build.Rsa("c");

    [Fact]
    public void Passes_the_bytes_of_agreeing_servers_through()
    {
        KeySet spaced = KeySet.Parse(Build.Utf8($"{{ \"keys\": [ {a}, {b} ] }}"), out _)!;

        KeyUnion union = KeyUnion.Empty.Merge([spaced, spaced], []);

        Assert.True(union.ToKeySet([spaced, spaced], published: null).Bytes.Span.SequenceEqual(spaced.Bytes.Span));
    }

    [Fact]
    public void Publishes_a_new_key_of_one_server_at_once()
    {
        KeyUnion union = KeyUnion.Empty.Merge([Build.Keys(a), Build.Keys(a)], []).Merge([Build.Keys(a), Build.Keys(a, b)], []);

        Assert.Equal(["a", "b"], Kids(union));
    }

    [Fact]
    public void Drops_a_key_after_three_refreshes_in_which_every_reachable_server_omitted_it()
    {
        KeyUnion union = KeyUnion.Empty.Merge([Build.Keys(a, b)], []);

        union = union.Merge([Build.Keys(b)], []);
        Assert.Equal(["a", "b"], Kids(union));
        union = union.Merge([Build.Keys(b)], []);
        Assert.Equal(["a", "b"], Kids(union));
        union = union.Merge([Build.Keys(b)], []);
        Assert.Equal(["b"], Kids(union));
    }

    [Fact]
    public void Starts_counting_again_when_a_server_sends_the_key()
    {
        KeyUnion union = KeyUnion.Empty.Merge([Build.Keys(a, b)], []).Merge([Build.Keys(b)], []).Merge([Build.Keys(b)], []);

        union = union.Merge([Build.Keys(b), Build.Keys(a, b)], []).Merge([Build.Keys(b)], []).Merge([Build.Keys(b)], []);

        Assert.Equal(["a", "b"], Kids(union));
    }

    [Fact]
    public void Makes_a_union_of_verbatim_members_while_servers_differ()
    {
        KeySet[] answers = [Build.Keys(a, b), Build.Keys(b, c)];

        KeySet published = KeyUnion.Empty.Merge(answers, []).ToKeySet(answers, published: null);

        Assert.Equal($"{{\"keys\":[{a},{b},{c}]}}", Encoding.UTF8.GetString(published.Bytes.Span));
    }

    [Fact]
    public void Keeps_the_published_order_while_servers_disagree_on_it()
    {
        KeySet first = Build.Keys(a, b);
        KeySet second = Build.Keys(b, a);
        KeyUnion union = KeyUnion.Empty.Merge([second], []);

        KeySet published = union.Merge([first, second], []).ToKeySet([first, second], published: second);

        Assert.Same(second, published);
    }

    [Fact]
    public void Drops_a_revoked_key_at_once_and_never_takes_it_back()
    {
        KeyUnion union = KeyUnion.Empty.Merge([Build.Keys(a, b)], []).Merge([Build.Keys(a, b)], ["a"]);

        Assert.Equal(["b"], Kids(union));
        Assert.Equal($"{{\"keys\":[{b}]}}", Encoding.UTF8.GetString(union.ToKeySet([Build.Keys(a, b)], published: null).Bytes.Span));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Keeps_the_key_published_first_when_servers_put_another_under_its_kid(bool isOtherFirst)
    {
        string other = a.Replace("AQAB", "AQAD", StringComparison.Ordinal);
        string[] answers = isOtherFirst ? [other, a] : [a, other];
        KeyUnion union = KeyUnion.Empty.Merge([Build.Keys(a)], []).Merge([.. answers.Select(answer => Build.Keys(answer))], []);

        Assert.Equal(a, Encoding.UTF8.GetString(union.Keys.Single().Key.Member.Span));
    }

    [Fact]
    public void Tells_keys_without_kid_apart_by_their_bytes()
    {
        KeyUnion union = KeyUnion.Empty.Merge([Build.Keys("""{"kty":"RSA","n":"AQ","e":"AQAB"}""", """{"kty":"RSA","n":"Ag","e":"AQAB"}""")], []);

        Assert.Equal(2, union.Keys.Length);
    }

    [Fact]
    public void A_rolling_rotation_over_three_servers_never_flaps()
    {
        KeySet old = Build.Keys(a);
        KeySet rotated = Build.Keys(a, b);
        KeySet[][] refreshes =
        [
            [old, old, old], [rotated, old, old], [old, old], [rotated, rotated, old], [old, rotated], [rotated, rotated, rotated],
            [rotated, rotated, rotated],
        ];
        List<string> published = [];
        KeyUnion union = KeyUnion.Empty;
        foreach (KeySet[] answers in refreshes)
        {
            union = union.Merge(answers, []);
            published.Add(string.Join("", Kids(union)));
        }

        Assert.Equal(["a", "ab", "ab", "ab", "ab", "ab", "ab"], published);
    }

    private static IEnumerable<string> Kids(KeyUnion union) => union.Keys.Select(tracked => tracked.Key.KeyId!);
}
