using System.Text;
using IssuerGateway.Issuers;
using IssuerGateway.Kubernetes.Documents;
using IssuerGateway.Publishing;
using IssuerGateway.Publishing.Reporting;
using IssuerGateway.Tests.Issuers;
using static IssuerGateway.Tests.Publishing.PublisherFixture;

namespace IssuerGateway.Tests.Publishing;

/// <summary>Each power of one taken-over API server of three, and where it ends (SECURITY.md).</summary>
public sealed class CompromisedServerTests : IDisposable
{
    private const string Evil = "https://10.0.0.1:6443";
    private const string Two = "https://10.0.0.2:6443";
    private const string Three = "https://10.0.0.3:6443";
    private const string Discovery = """{"issuer":"https://issuer.example.test","jwks_uri":"https://10.0.0.1:6443/openid/v1/jwks","response_types_supported":["id_token"],"subject_types_supported":["public"],"id_token_signing_alg_values_supported":["RS256"]}""";

    private readonly TemporaryDirectory state = new();

    public void Dispose() => state.Dispose();

    [Fact]
    public async Task A_hundred_new_keys_at_each_refresh_push_out_no_key_of_the_others()
    {
        using PublisherFixture gateway = new(stateDirectory: state.Path);
        for (int refresh = 0; refresh < 10; refresh++)
        {
            gateway.Time.Advance(TimeSpan.FromSeconds(30));
            await gateway.RefreshAsync(
                Sends(Evil, [.. Enumerable.Range(0, 100).Select(i => $"evil-{refresh}-{i}")]),
                Sends(Two, ["a", "b"]),
                Sends(Three, refresh < 5 ? ["a", "b"] : ["a", "b", "new"]));

            Assert.Equal(refresh < 5 ? ["a", "b"] : ["a", "b", "new"], Kids(gateway).Where(kid => !kid.StartsWith("evil", StringComparison.Ordinal)).Order());
            Assert.True(Kids(gateway).Length <= 100);
            Finding full = gateway.Publisher.State.Findings.Single(finding => finding.Rule == "key-union-full");
            Assert.Equal((Severity.Error, true), (full.Severity, full.Message.EndsWith($"keys of {Evil} are left out", StringComparison.Ordinal)));
        }

        using PublisherFixture after = new(stateDirectory: state.Path, time: gateway.Time);
        await after.Publisher.LoadLastKnownGoodAsync();
        Assert.Equal(gateway.Body(DocumentKind.KeySet), after.Body(DocumentKind.KeySet));
        Assert.Empty(after.Publisher.State.Findings);
        Assert.True(gateway.Log.Lines.Count < 400, $"{gateway.Log.Lines.Count} lines");
    }

    // Hours of a hundred new keys, other findings and other findings' texts at each refresh.
    [Fact]
    public async Task It_fills_the_log_with_twenty_lines_of_a_kind_an_hour_and_hides_no_other_kind()
    {
        using PublisherFixture gateway = new();
        const int Hours = 2;
        for (int refresh = 0; refresh < Hours * 60; refresh++)
        {
            gateway.Time.Advance(TimeSpan.FromMinutes(1));
            string odd = refresh % 2 == 0 ? "]}" : $",{{\"kty\":\"RSA\",\"kid\":\"odd-{refresh}\"}}]}}";
            string keys = string.Join(',', Enumerable.Range(0, 20).Select(i => Build.Rsa($"evil-{refresh}-{i}")));
            await gateway.RefreshAsync(
                new UpstreamResponse(Evil, new DocumentPair(Build.Utf8(Discovery), Build.Utf8($"{{\"keys\":[{keys}{odd}"), null), null),
                Sends(Two, ["a"]),
                refresh == 75 ? Bad(server: Three) : Sends(Three, refresh < 100 ? ["a"] : ["a", "new"]));
        }

        Assert.Contains(gateway.Log.Lines, line => line.Contains("Key added: ", StringComparison.Ordinal) && line.Contains("kid new", StringComparison.Ordinal));

        Assert.Contains(gateway.Log.Lines, line => line.Contains("Lines left out: more than 20 of \"Finding servers-differ of server " + Evil + "\" within an hour", StringComparison.Ordinal));
        string[] ofServer = [.. gateway.Log.Lines.Where(line => line.Contains($"Finding servers-differ of issuer {Build.Url}: server {Evil}", StringComparison.Ordinal))];
        Assert.InRange(ofServer.Length, 20, 20 * (Hours + 1));
        Assert.InRange(gateway.Log.Lines.Count, 100, 20 * 12 * (Hours + 1));
        Assert.Contains(gateway.Log.Lines, line => line.Contains("Lines left out: ", StringComparison.Ordinal) && line.Contains($"\"Key added by {Evil}\" within an hour", StringComparison.Ordinal));
        Assert.Contains(gateway.Log.Lines, line => line.Contains($"server {Three}: no response", StringComparison.Ordinal));
    }

    [Fact]
    public async Task It_pushes_out_no_key_of_a_server_that_is_down()
    {
        using PublisherFixture gateway = new();
        await gateway.RefreshAsync(Sends(Evil, ["a"]), Sends(Two, ["a"]), Sends(Three, ["a", "k"]));
        for (int refresh = 0; refresh < 10; refresh++)
        {
            gateway.Time.Advance(TimeSpan.FromSeconds(30));
            await gateway.RefreshAsync(Sends(Evil, [.. Enumerable.Range(0, 100).Select(i => $"evil-{refresh}-{i}")]), Sends(Two, ["a"]), Bad(server: Three));
            Assert.Contains("k", Kids(gateway));
        }
    }

    [Fact]
    public async Task Keys_of_a_hundred_kilobytes_take_the_room_of_none_of_the_others()
    {
        using PublisherFixture gateway = new();
        string huge = Build.Rsa("evil").Replace("\"use\":", $"\"x5c\":[\"{new string('A', 200_000)}\"],\"use\":", StringComparison.Ordinal);
        UpstreamResponse evil = new(Evil, new DocumentPair(Build.Utf8(Discovery), Build.Utf8($"{{\"keys\":[{huge}]}}"), null), null);
        await gateway.RefreshAsync(evil);
        string[] many = [.. Enumerable.Range(0, 100).Select(i => $"honest-{i}")];
        await gateway.RefreshAsync(evil, Sends(Two, many), Sends(Three, many));

        Assert.Equal(many, Kids(gateway));
        Assert.True(gateway.Body(DocumentKind.KeySet)!.Length <= StrictJson.MaxBytes);
    }

    [Fact]
    public async Task It_changes_no_member_of_the_discovery_document_and_is_named()
    {
        using PublisherFixture gateway = new();
        string forged = Discovery.Replace("[\"RS256\"]}", "[\"none\",\"HS256\"],\"authorization_endpoint\":\"https://evil.example/\",\"token_endpoint\":\"https://evil.example/\"}", StringComparison.Ordinal);
        await gateway.RefreshAsync(new UpstreamResponse(Evil, new DocumentPair(Build.Utf8(forged), Build.Utf8($"{{\"keys\":[{Build.Rsa("a")}]}}"), null), null), Sends(Two, ["a"]), Sends(Three, ["a"]));

        Assert.Equal(Discovery.Replace(Evil, Build.Url, StringComparison.Ordinal), gateway.Body(DocumentKind.Discovery));
        Finding finding = Assert.Single(gateway.Publisher.State.Findings);
        Assert.Equal(
            ("discovery-differs", $"server {Evil}: its discovery document differs from what is published in \"authorization_endpoint\", \"id_token_signing_alg_values_supported\", \"token_endpoint\""),
            (finding.Rule, finding.Message));

        // Alone for a while, it still is one of three.
        await gateway.RefreshAsync(new UpstreamResponse(Evil, new DocumentPair(Build.Utf8(forged), Build.Utf8($"{{\"keys\":[{Build.Rsa("a")}]}}"), null), null), Bad(server: Two), Bad(server: Three));
        Assert.Equal(Discovery.Replace(Evil, Build.Url, StringComparison.Ordinal), gateway.Body(DocumentKind.Discovery));
    }

    [Fact]
    public async Task As_the_only_server_that_is_listed_it_still_changes_nothing()
    {
        using PublisherFixture gateway = new();
        await gateway.RefreshAsync(Sends(Evil, ["a"]), Sends(Two, ["a"]), Sends(Three, ["a", "k"]));
        string forged = Discovery.Replace("[\"id_token\"]", "[\"token\"]", StringComparison.Ordinal).Replace("}", ",\"mine\":1}", StringComparison.Ordinal);
        for (int refresh = 0; refresh < 3; refresh++)
        {
            gateway.Time.Advance(TimeSpan.FromHours(1));
            await gateway.RefreshAsync(new UpstreamResponse(Evil, new DocumentPair(Build.Utf8(forged), Build.Utf8($"{{\"keys\":[{Build.Rsa("evil")}]}}"), null), null));
        }

        Assert.Equal(Discovery.Replace(Evil, Build.Url, StringComparison.Ordinal), gateway.Body(DocumentKind.Discovery));
        Assert.Equal(["a", "evil", "k"], Kids(gateway).Order());
    }

    [Fact]
    public async Task The_only_server_that_responds_with_a_bad_document_is_named()
    {
        using PublisherFixture gateway = new();
        await gateway.RefreshAsync(new UpstreamResponse(Evil, new DocumentPair(Build.Utf8(Discovery), Build.Utf8("""{"keys":[]}"""), null), null), Bad(server: Two), Bad(server: Three));

        Assert.StartsWith($"server {Evil}: JWK Set: no keys", gateway.Publisher.State.Findings.Single(finding => finding.Rule == "key-set-empty").Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Two_responses_under_one_name_are_one_server()
    {
        using PublisherFixture gateway = new();
        await gateway.RefreshAsync(Sends(Two, ["a"]), Sends(Evil, ["b"]), Sends(Evil, ["c"]));

        Assert.Equal(["a", "b"], Kids(gateway).Order());
        await gateway.RefreshAsync(Bad("token-missing", "in-cluster access"));
        Assert.Empty(IssuerStatus.Of(gateway.Publisher, gateway.Published, Settings, gateway.Time).Notes);
    }

    [Fact]
    public async Task A_kid_of_240_KB_is_rejected_and_fills_nothing()
    {
        using PublisherFixture gateway = new(stateDirectory: state.Path);
        for (int refresh = 0; refresh < 5; refresh++)
        {
            string kid = $"{refresh}{new string('k', 240_000)}";
            string key = Build.Rsa("short").Replace("\"short\"", $"\"{kid}\"", StringComparison.Ordinal);
            await gateway.RefreshAsync(new UpstreamResponse(Evil, new DocumentPair(Build.Utf8(Discovery), Build.Utf8($"{{\"keys\":[{key}]}}"), null), null), Sends(Two, ["a"]));
        }

        Assert.Equal(["a"], Kids(gateway));
        Assert.Equal($"server {Evil}: JWK Set: a kid has more than 256 characters", gateway.Publisher.State.Findings.Single(finding => finding.Rule == "kid-long").Message);
        Assert.True(gateway.Log.Lines.Sum(line => line.Length) < 3000);
        Assert.True((await gateway.MetricsAsync()).Length < 20_000);
        Assert.True(Directory.GetFiles(state.Path).Sum(file => new FileInfo(file).Length) < 20_000);
    }

    [Theory]
    [InlineData(256, true)]
    [InlineData(257, false)]
    public async Task A_kid_has_at_most_256_characters(int length, bool isAccepted)
    {
        using PublisherFixture gateway = new();
        await gateway.RefreshAsync(new UpstreamResponse(Evil, new DocumentPair(Build.Utf8(Discovery), Build.Utf8($"{{\"keys\":[{Build.Rsa("a").Replace("\"a\"", $"\"{new string('k', length)}\"", StringComparison.Ordinal)}]}}"), null), null));

        Assert.Equal(isAccepted, gateway.Body(DocumentKind.KeySet) is not null);
    }

    [Fact]
    public async Task The_history_of_any_kids_can_be_read_back()
    {
        using PublisherFixture gateway = new(stateDirectory: state.Path);
        for (int refresh = 0; refresh < 4; refresh++)
        {
            gateway.Time.Advance(TimeSpan.FromHours(2));
            string[] keys = [.. Enumerable.Range(0, 100).Select(i => Build.Rsa("z").Replace("\"z\"", $"\"{(char)('a' + refresh)}{i:000}{string.Concat(Enumerable.Repeat("\u20ac", 252))}\"", StringComparison.Ordinal))];
            await gateway.RefreshAsync(new UpstreamResponse(Evil, new DocumentPair(Build.Utf8(Discovery), Encoding.UTF8.GetBytes($"{{\"keys\":[{string.Join(",", keys)}]}}"), null), null));
        }

        Assert.DoesNotContain(gateway.Publisher.State.Findings, finding => finding.Rule is "key-history-not-written" or "state-not-written");
        using PublisherFixture after = new(stateDirectory: state.Path, time: gateway.Time);
        await after.Publisher.LoadLastKnownGoodAsync();
        Assert.Empty(after.Publisher.State.Findings);
        Assert.True(after.Publisher.State.History!.HasSameKeys(gateway.Publisher.State.History!));
    }

    [Fact]
    public async Task A_max_age_of_0_counts_as_60_seconds_and_its_server_is_named_for_an_hour()
    {
        using PublisherFixture gateway = new();
        await gateway.RefreshAsync(Sends(Evil, ["a"], maxAge: 0), Sends(Two, ["a"]));
        Assert.StartsWith("public, max-age=60,", gateway.CacheControl(), StringComparison.Ordinal);
        Finding finding = Assert.Single(gateway.Publisher.State.Findings);
        Assert.Equal((Severity.Warning, "max-age-short", $"server {Evil}: sends a max-age below 60 s; 60 s is used"), (finding.Severity, finding.Rule, finding.Message));

        gateway.Time.Advance(TimeSpan.FromMinutes(59));
        await gateway.RefreshAsync(Sends(Evil, ["a"]), Sends(Two, ["a"]));
        Assert.Equal([finding], gateway.Publisher.State.Findings);
        gateway.Time.Advance(TimeSpan.FromMinutes(1));
        await gateway.RefreshAsync(Sends(Evil, ["a"]), Sends(Two, ["a"]));
        Assert.Empty(gateway.Publisher.State.Findings);
    }

    [Fact]
    public async Task Another_key_under_a_kid_of_the_others_is_never_published()
    {
        using PublisherFixture gateway = new();
        string other = Build.Rsa("a", bits: 3072);
        await gateway.RefreshAsync(Sends(Evil, ["x"]), Sends(Two, ["a"]), Sends(Three, ["a"]));
        await gateway.RefreshAsync(new UpstreamResponse(Evil, new DocumentPair(Build.Utf8(Discovery), Build.Utf8($"{{\"keys\":[{other}]}}"), null), null), Sends(Two, ["a"]), Bad(server: Three));

        Assert.Contains(Build.Rsa("a"), gateway.Body(DocumentKind.KeySet)!, StringComparison.Ordinal);
        Assert.Contains(Evil, gateway.Publisher.State.Findings.Single(finding => finding.Rule == "kid-conflict").Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\"use\":\"sig\"", "\"use\":\"enc\"", "\"use\"")]
    [InlineData("\"alg\":\"RS256\"", "\"alg\":\"PS256\"", "\"alg\"")]
    [InlineData("\"use\":\"sig\"", "\"use\":\"sig\",\"key_ops\":[\"encrypt\"],\"x5u\":\"https://evil.example/\"", "\"key_ops\", \"x5u\"")]
    public async Task A_key_of_the_others_described_otherwise_is_published_as_theirs_and_it_is_named(string member, string forged, string named)
    {
        using PublisherFixture gateway = new();
        string key = Build.Rsa("a").Replace(member, forged, StringComparison.Ordinal);
        Assert.NotEqual(Build.Rsa("a"), key);
        UpstreamResponse evil = new(Evil, new DocumentPair(Build.Utf8(Discovery), Build.Utf8($"{{\"keys\":[{key}]}}"), null), null);
        await gateway.RefreshAsync(evil, Sends(Two, ["a"]), Sends(Three, ["a"]));

        Assert.Equal($"{{\"keys\":[{Build.Rsa("a")}]}}", gateway.Body(DocumentKind.KeySet));
        Finding finding = Assert.Single(gateway.Publisher.State.Findings, finding => finding.Rule != "no-rs256");
        Assert.Equal(("key-differs", Severity.Warning, $"server {Evil}: sends kid \"a\" with other members than it is published with: {named}"), (finding.Rule, finding.Severity, finding.Message));
    }

    [Theory]
    [InlineData("[\"RS256\",null,17,{\"x\":\"y\"},[\"HS256\"],\"RS256\"]                ")]
    [InlineData("[\"RS256\", \"RS256\"]")]
    [InlineData("\"RS256\"")]
    [InlineData(null)]
    public async Task First_or_alone_it_does_not_write_the_list_of_algorithms(string? list)
    {
        const string Member = ",\"id_token_signing_alg_values_supported\":[\"RS256\"]";
        string forged = Discovery.Replace(Member, list is null ? "" : Member.Replace("[\"RS256\"]", list, StringComparison.Ordinal), StringComparison.Ordinal);
        UpstreamResponse evil = new(Evil, new DocumentPair(Build.Utf8(forged), Build.Utf8($"{{\"keys\":[{Build.Rsa("a")}]}}"), null), null);
        using PublisherFixture together = new();
        await together.RefreshAsync(evil, Sends(Two, ["a"]), Sends(Three, ["a"]));
        Assert.Equal(Discovery.Replace(Evil, Build.Url, StringComparison.Ordinal), together.Body(DocumentKind.Discovery));

        using PublisherFixture alone = new();
        await alone.RefreshAsync(evil, Bad(server: Two), Bad(server: Three));
        await alone.RefreshAsync(evil, Sends(Two, ["a"]), Sends(Three, ["a"]));
        Assert.Equal(Discovery.Replace(Evil, Build.Url, StringComparison.Ordinal), alone.Body(DocumentKind.Discovery));
    }

    [Theory]
    [InlineData("\\uD83D\\uDE00", 20_000)]
    [InlineData("A", 60_000)]
    [InlineData("RS256\\n\\u001b[31m", 1)]
    public async Task The_algorithm_of_its_key_neither_fills_nor_freezes_the_list(string part, int times)
    {
        using PublisherFixture gateway = new();
        string algorithm = string.Concat(Enumerable.Repeat(part, times));
        string key = Build.Rsa("evil").Replace("\"RS256\"", $"\"{algorithm}\"", StringComparison.Ordinal);
        string forged = Discovery.Replace("[\"RS256\"]", $"[\"none\",\"HS256\",\"RS256\",\"{algorithm}\"]", StringComparison.Ordinal);
        await gateway.RefreshAsync(new UpstreamResponse(Evil, new DocumentPair(Build.Utf8(forged), Build.Utf8($"{{\"keys\":[{key},{Build.Rsa("a")}]}}"), null), null), Sends(Two, ["a"]), Sends(Three, ["a"]));

        Assert.Equal(Discovery.Replace(Evil, Build.Url, StringComparison.Ordinal), gateway.Body(DocumentKind.Discovery));
        Assert.Contains(gateway.Publisher.State.Findings, finding => finding.Rule == "discovery-differs" && finding.Message.StartsWith($"server {Evil}:", StringComparison.Ordinal));
    }

    // go-jose rejects the whole set over one of them, and Microsoft.IdentityModel takes KID for kid.
    [Theory]
    [InlineData("{\"kty\":\"EC\",\"crv\":\"P-256\",\"kid\":\"x\",\"alg\":\"ES256\",\"use\":\"sig\",\"x\":\"AQ\",\"y\":\"AQ\"}", "key-malformed")]
    [InlineData("{\"kty\":\"oct\",\"kid\":\"x\",\"alg\":\"RS256\",\"use\":\"sig\"}", "key-malformed")]
    [InlineData("{\"kid\":5,REST", "key-malformed")]
    [InlineData("{\"x5c\":7,REST", "key-malformed")]
    [InlineData("{\"key_ops\":\"verify\",REST", "key-malformed")]
    [InlineData("{\"KID\":\"a\",REST", "key-malformed")]
    [InlineData("{\"D\":\"AQAB\",REST", "private-key")]
    public async Task A_key_that_would_break_the_set_for_relying_parties_is_rejected_and_its_server_named(string key, string rule)
    {
        string rest = Build.Rsa("x")[1..];
        string forged = key.Replace("REST", key.Contains("\"kid\":5", StringComparison.Ordinal) ? rest.Replace("\"kid\":\"x\",", "", StringComparison.Ordinal) : rest, StringComparison.Ordinal);
        using PublisherFixture gateway = new();
        await gateway.RefreshAsync(
            new UpstreamResponse(Evil, new DocumentPair(Build.Utf8(Discovery), Build.Utf8($"{{\"keys\":[{Build.Rsa("a")},{forged}]}}"), null), null), Sends(Two, ["a"]), Sends(Three, ["a"]));

        Assert.Equal($"{{\"keys\":[{Build.Rsa("a")}]}}", gateway.Body(DocumentKind.KeySet));
        Assert.Contains(gateway.Publisher.State.Findings, finding => finding.Rule == rule && finding.Severity == Severity.Error && finding.Message.StartsWith($"server {Evil}:", StringComparison.Ordinal));
    }

    // One key that go-jose cannot read, and Vault, OpenBao and Kubernetes reject the whole set.
    [Theory]
    [InlineData("{\"x5c\":[\"AAAA\"],REST")]
    [InlineData("{\"x5t\":\"AA\",REST")]
    [InlineData("{\"x5u\":\":\",REST")]
    [InlineData("{\"key_ops\":[\"sign\"],REST")]
    [InlineData("{\"note\":\"\",REST")]
    [InlineData("{\"kty\":\"AKP\",\"kid\":\"x\",\"alg\":\"ML-DSA-44\",\"use\":\"sig\",\"pub\":\"AQAB\"}")]
    [InlineData("{\"kty\":\"OKP\",\"kid\":\"x\",\"alg\":\"EdDSA\",\"use\":\"sig\",\"crv\":\"X25519\",\"x\":\"AQAB\"}")]
    [InlineData("{\"kty\":\"RSA\",\"kid\":\"x\",\"alg\":\"RS256\",\"use\":\"sig\",\"n\":\"AQ\",\"e\":\"AQAB\"}")]
    [InlineData("{\"kty\":\"EC\",\"kid\":\"x\",\"alg\":\"ES256\",\"use\":\"sig\",\"crv\":\"P-256\",\"x\":\"fo2zWuDt0bYvNUdVWiJ2O8GmiVmj4GUkMU2ixLfKKA\",\"y\":\"piSGqzTSWqWLnaQhvOAOT_-L89CRiHUaymwgnrzR-5M\"}")]
    public async Task A_key_in_a_form_that_Kubernetes_does_not_write_is_published_once_most_servers_send_it(string key)
    {
        string odd = key.Replace("REST", Build.Rsa("x")[1..], StringComparison.Ordinal);
        UpstreamResponse Odd(string server) =>
            new(server, new DocumentPair(Build.Utf8(Discovery), Build.Utf8($"{{\"keys\":[{Build.Rsa("a")},{odd}]}}"), null), null);
        using PublisherFixture gateway = new(stateDirectory: state.Path);
        await gateway.RefreshAsync(Odd(Evil), Sends(Two, ["a"]), Sends(Three, ["a"]));

        Assert.Equal($"{{\"keys\":[{Build.Rsa("a")}]}}", gateway.Body(DocumentKind.KeySet));
        Assert.Equal(
            $"server {Evil}: sends kid \"x\" in a form that Kubernetes does not write; it is not published, because most API servers do not send it",
            Assert.Single(gateway.Publisher.State.Findings, finding => finding.Rule == "key-withheld").Message);

        await gateway.RefreshAsync(Odd(Evil), Odd(Two), Sends(Three, ["a"]));
        Assert.Contains(odd, gateway.Body(DocumentKind.KeySet)!, StringComparison.Ordinal);
        Assert.DoesNotContain(gateway.Publisher.State.Findings, finding => finding.Rule == "key-withheld");

        // A key leaves only by evidence: not because the list grows, or one of its servers stops sending it.
        for (int refresh = 0; refresh < 10; refresh++)
        {
            gateway.Time.Advance(TimeSpan.FromSeconds(30));
            await gateway.RefreshAsync(Sends(Evil, ["a"]), Odd(Two), Sends(Three, ["a"]), Bad(server: "https://10.0.0.4:6443"));
        }

        Assert.Contains(odd, gateway.Body(DocumentKind.KeySet)!, StringComparison.Ordinal);
        await gateway.RefreshAsync(Odd(Evil), Odd(Two), Sends(Three, ["a"]));
        using PublisherFixture after = new(stateDirectory: state.Path, time: gateway.Time);
        await after.Publisher.LoadLastKnownGoodAsync();
        Assert.Equal(gateway.Body(DocumentKind.KeySet), after.Body(DocumentKind.KeySet));
    }

    // The list comes from the cluster: a server that is alone in it is still one of those that published keys.
    [Fact]
    public async Task As_the_only_server_that_is_listed_it_publishes_no_key_in_a_form_that_Kubernetes_does_not_write()
    {
        string odd = $"{{\"x5c\":[\"AAAA\"],{Build.Rsa("x")[1..]}";
        using PublisherFixture gateway = new(stateDirectory: state.Path);
        await gateway.RefreshAsync(Sends(Evil, ["a"]), Sends(Two, ["a"]), Sends(Three, ["a"]));

        await gateway.RefreshAsync(new UpstreamResponse(Evil, new DocumentPair(Build.Utf8(Discovery), Build.Utf8($"{{\"keys\":[{Build.Rsa("a")},{odd}]}}"), null), null));

        Assert.Equal(["a"], Kids(gateway));
        Assert.Single(gateway.Publisher.State.Findings, finding => finding.Rule == "key-withheld");
    }

    // Whoever compromised a server has the leaked key's private part too, and only needs a name for it that nobody revoked.
    [Theory]
    [InlineData("fresh")]
    [InlineData("a")]
    [InlineData(null)]
    [InlineData("fresh", "AQAD")]
    public async Task A_revoked_key_is_not_published_under_another_kid_and_its_server_is_named(string? kid, string exponent = "AQAB")
    {
        string leaked = Encoding.UTF8.GetString(KeySet.Parse(RecordedPair().KeySet, out _)!.Keys[0].Member.Span);
        string name = KeySet.Parse(RecordedPair().KeySet, out _)!.Keys[0].KeyId!;
        string renamed = kid is null ? leaked.Replace($"\"kid\":\"{name}\",", "", StringComparison.Ordinal) : leaked.Replace(name, kid, StringComparison.Ordinal);
        renamed = renamed.Replace("AQAB\"", $"{exponent}\"", StringComparison.Ordinal);
        Assert.NotEqual(leaked, renamed);
        UpstreamResponse evil = new(Evil, new DocumentPair(Build.Utf8(Discovery), Build.Utf8($"{{\"keys\":[{renamed}]}}"), null), null);
        using PublisherFixture gateway = new(Build.Issuer(revoked: [name]), state.Path);
        await gateway.RefreshAsync(evil, Sends(Two, ["a"]), Sends(Three, ["a"]));

        Assert.Equal($"{{\"keys\":[{Build.Rsa("a")}]}}", gateway.Body(DocumentKind.KeySet));
        Finding finding = gateway.Publisher.State.Findings.Single(finding => finding.Rule == "revoked-key-renamed");
        Assert.StartsWith($"server {Evil}: sends the key of \"{name}\", which RevokedKeys names, as kid \"", finding.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(gateway.Publisher.State.Findings, finding => finding.Rule == "revoked-key-unknown");
        Assert.Empty(gateway.Publisher.State.UnmatchedRevocations);

        // What was published before it was revoked goes too, also from the state of an earlier run.
        using TemporaryDirectory earlier = new();
        using PublisherFixture before = new(stateDirectory: earlier.Path);
        await before.RefreshAsync(evil);
        Assert.Contains(renamed, before.Body(DocumentKind.KeySet)!, StringComparison.Ordinal);
        using PublisherFixture after = new(Build.Issuer(revoked: [name]), earlier.Path, time: before.Time);
        await after.Publisher.LoadLastKnownGoodAsync();
        Assert.Null(after.Body(DocumentKind.KeySet));
    }

    [Fact]
    public async Task Alone_with_a_key_it_is_named_and_the_others_are_not()
    {
        using PublisherFixture gateway = new();
        await gateway.RefreshAsync(Sends(Evil, ["a", "evil"]), Sends(Two, ["a"]), Sends(Three, ["a"]));

        Finding finding = Assert.Single(gateway.Publisher.State.Findings);
        Assert.Equal(("servers-differ", $"server {Evil}: publishes kid \"evil\", which no other API server publishes"), (finding.Rule, finding.Message));
    }

    [Theory]
    [InlineData("\"kty\":\"foo\"")]
    [InlineData("\"kty\":\"RSA\"")]
    [InlineData("\"kty\":\"foo\",\"d\":\"AQAB\"")]
    [InlineData("\"kty\":\"foo\",\"x5c\":7")]
    public async Task A_hundred_odd_keys_are_five_findings_of_each_rule(string members)
    {
        using PublisherFixture gateway = new();
        string[] keys = [.. Enumerable.Range(0, 98).Select(i => $"{{{members},\"kid\":\"{i / 2:000}{new string('k', 250)}\"}}")];
        await gateway.RefreshAsync(new UpstreamResponse(Evil, new DocumentPair(Build.Utf8(Discovery), Build.Utf8($"{{\"keys\":[{string.Join(",", keys)}]}}"), null), null), Sends(Two, ["a"]), Sends(Three, ["a"]));

        Assert.All(gateway.Publisher.State.Findings.GroupBy(finding => finding.Rule), same => Assert.InRange(same.Count(), 1, 5));
    }

    [Fact]
    public async Task The_order_of_members_and_white_space_name_no_server()
    {
        using PublisherFixture gateway = new();
        string key = Build.Rsa("a").Replace("\"use\":\"sig\",", "", StringComparison.Ordinal).Replace("}", ", \"use\": \"sig\"}", StringComparison.Ordinal);
        await gateway.RefreshAsync(new UpstreamResponse(Evil, new DocumentPair(Build.Utf8(Discovery), Build.Utf8($"{{\"keys\":[{key}]}}"), null), null), Sends(Two, ["a"]), Sends(Three, ["a"]));

        Assert.Empty(gateway.Publisher.State.Findings);
    }

    private static UpstreamResponse Sends(string server, string[] kids, int maxAge = 3600) =>
        new(server, new DocumentPair(Build.Utf8(Discovery), Build.Utf8($"{{\"keys\":[{string.Join(",", kids.Select(kid => Build.Rsa(kid)))}]}}"), TimeSpan.FromSeconds(maxAge)), null);

    private static string[] Kids(PublisherFixture gateway) => [.. gateway.Publisher.State.Keys!.Keys.Select(key => key.KeyId!)];
}
