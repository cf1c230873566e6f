using System.Buffers.Text;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using IssuerGateway.EndToEnd.Gateway;

namespace IssuerGateway.EndToEnd.Acme;

/// <summary>The gateway against the CA that Let's Encrypt tests ACME clients with.</summary>
[Trait("Waits", "true")]
public sealed class PebbleTests : IDisposable
{
    private readonly AcmeSite site = new();

    public void Dispose() => site.Dispose();

    [Theory]
    [InlineData("http-01")]
    [InlineData("tls-alpn-01")]
    public async Task Gets_a_certificate_and_sends_the_complete_chain(string challenge)
    {
        await using Pebble ca = await Pebble.StartAsync(site.Validated);
        await using GatewayRun gateway = site.Serve(ca, $"Tls:Acme:Challenges={challenge}");

        IReadOnlyList<X509Certificate2> chain = await site.CertificateAsync(gateway, ca);

        Assert.Equal(3, chain.Count);
        Assert.True(LeadsTo(await ca.RootAsync(), chain));
        Assert.Equal(1, ca.Issued);
        await gateway.PrintsAsync("name it as accounturi in CAA records");
        Assert.DoesNotContain(gateway.Output.Split('\n'), line => line.Contains("\"@l\":\"Error\"", StringComparison.Ordinal) && !line.Contains("IssuerGateway.Publishing", StringComparison.Ordinal));
    }

    /// <summary>Nobody trusts the CA, which the operator has chosen: what the gateway then sees of itself from outside is good.</summary>
    [Fact]
    public async Task Finds_nothing_from_outside_behind_a_CA_that_the_operator_has_chosen()
    {
        string issuer = $"https://localhost:{site.TlsPort}";
        using RSA key = RSA.Create(2048);
        RSAParameters numbers = key.ExportParameters(includePrivateParameters: false);
        Directory.CreateDirectory(site.PathOf("documents/.well-known"));
        Directory.CreateDirectory(site.PathOf("documents/openid/v1"));
        await File.WriteAllTextAsync(site.PathOf("documents/.well-known/openid-configuration"), $$"""{"issuer":"{{issuer}}","jwks_uri":"{{issuer}}/openid/v1/jwks","response_types_supported":["id_token"],"subject_types_supported":["public"],"id_token_signing_alg_values_supported":["RS256"]}""");
        await File.WriteAllTextAsync(site.PathOf("documents/openid/v1/jwks"), $$"""{"keys":[{"use":"sig","kty":"RSA","kid":"a","alg":"RS256","n":"{{Base64Url.EncodeToString(numbers.Modulus)}}","e":"{{Base64Url.EncodeToString(numbers.Exponent)}}"}]}""");
        await using Pebble ca = await Pebble.StartAsync(site.Validated);
        await using GatewayRun gateway = site.ServeFor($"localhost:{site.TlsPort}", ca, "OutsideIn:Interval=1s", "OutsideIn:Profiles:0=entra", "OutsideIn:Profiles:1=aws", "OutsideIn:Profiles:2=vault");
        await site.CertificateAsync(gateway, ca, "localhost");
        using HttpClient http = new(new SocketsHttpHandler { UseProxy = false });
        string metrics = "";

        await AcmeSite.UntilAsync(
            async () => new[] { "error", "warning" }.All(severity => metrics.Contains($"issuer_gateway_outside_in_findings{{issuer=\"{issuer}\",severity=\"{severity}\"}} 0\n", StringComparison.Ordinal))
                || (metrics = await http.GetStringAsync(new Uri($"http://127.0.0.1:{site.OperationsPort}/metrics"))).Length == 0,
            gateway, ca);

        // Until there is a certificate the challenge's own may be seen, of which nobody has chosen anything.
        Assert.DoesNotContain(gateway.Output.Split('\n'), line => line.Contains("tls-untrusted", StringComparison.Ordinal) && line.Contains("Pebble", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Serves_the_chain_that_is_preferred()
    {
        await using Pebble ca = await Pebble.StartAsync(site.Validated);
        X509Certificate2 alternate = await ca.RootAsync(1);
        await using GatewayRun gateway = site.Serve(ca, $"Tls:Acme:PreferredChain={alternate.GetNameInfo(X509NameType.SimpleName, forIssuer: false)}");

        IReadOnlyList<X509Certificate2> chain = await site.CertificateAsync(gateway, ca);

        Assert.True(LeadsTo(alternate, chain));
        Assert.False(LeadsTo(await ca.RootAsync(), chain));
    }

    [Fact]
    public async Task Binds_the_account_to_an_external_one()
    {
        const string key = "zWNDZM6eQGHWpSRTPal5eIUYFTu7EajVIoguysqZ9wG44nMEtx3MUAsUDkMTQ12W";
        await using Pebble ca = await Pebble.StartAsync(site.Validated with { Eab = ("kid-1", key) });
        await File.WriteAllTextAsync(site.PathOf("eab"), key + "\n");
        await using GatewayRun gateway = site.Serve(ca, "Tls:Acme:Eab:KeyId=kid-1", $"Tls:Acme:Eab:HmacKeyFile={site.PathOf("eab")}");

        await site.CertificateAsync(gateway, ca);

        Assert.Equal(1, ca.Issued);
    }

    [Theory]
    [InlineData(null, "Tls:Acme:Eab: is required, because the CA gives accounts only to its customers")]
    [InlineData("d3Jvbmcta2V5LXdyb25nLWtleS13cm9uZy1rZXktd3Jvbmcta2V5", "\"Hint\":\"the CA does not accept the account or Tls:Acme:Eab")]
    public async Task Says_what_is_wrong_with_the_external_account(string? key, string expected)
    {
        await using Pebble ca = await Pebble.StartAsync(site.Validated with { Eab = ("kid-1", "zWNDZM6eQGHWpSRTPal5eIUYFTu7EajVIoguysqZ9wG44nMEtx3MUAsUDkMTQ12W") });
        await File.WriteAllTextAsync(site.PathOf("eab"), key);
        string[] settings = key is null ? [] : ["Tls:Acme:Eab:KeyId=kid-1", $"Tls:Acme:Eab:HmacKeyFile={site.PathOf("eab")}"];
        await using GatewayRun gateway = site.Serve(ca, settings);

        await AcmeSite.UntilAsync(() => Task.FromResult(gateway.Output.Contains(expected, StringComparison.Ordinal)), gateway, ca);

        await gateway.PrintsAsync("Tls:Acme:Eab");
        Assert.Equal(0, ca.Orders);
    }

    [Fact]
    public async Task Renews_by_itself_before_the_certificate_expires()
    {
        await using Pebble ca = await Pebble.StartAsync(site.Validated with { Validity = 30 });
        await using GatewayRun gateway = site.Serve(ca);
        X509Certificate2 first = (await site.CertificateAsync(gateway, ca))[0];

        await AcmeSite.UntilAsync(async () => await site.HandshakeAsync() is { } chain && chain[0].Thumbprint != first.Thumbprint, gateway, ca);

        Assert.True(TimeProvider.System.GetUtcNow() < first.NotAfter.ToUniversalTime());
        Assert.Equal(2, ca.Issued);
    }

    // RFC 8555 §7.6 and §7.3.5 against a CA that checks them.
    [Fact]
    public async Task Revokes_and_changes_the_key_of_the_account_when_an_operator_commands_it()
    {
        await using Pebble ca = await Pebble.StartAsync(site.Validated);
        await using GatewayRun gateway = site.Serve(ca);
        X509Certificate2 first = (await site.CertificateAsync(gateway, ca))[0];
        string[] here = ["--set", $"Operations:CommandSocket={site.CommandSocket}"];

        (int exitCode, string output, string error) = await GatewayRun.RunAsync(["rollover", .. here]);
        Assert.True(exitCode == 0, error);
        Assert.StartsWith("the account has a new key", output, StringComparison.Ordinal);

        (exitCode, output, error) = await GatewayRun.RunAsync(["revoke", AcmeSite.Host, .. here]);
        Assert.True(exitCode == 0, error);
        Assert.StartsWith($"{AcmeSite.Host}: the certificate with serial number {first.SerialNumber} is revoked, and a new one is served", output, StringComparison.Ordinal);
        Assert.NotEqual(first.Thumbprint, (await site.HandshakeAsync())![0].Thumbprint);
        Assert.Equal(2, ca.Issued);
    }

    [Fact]
    public async Task Of_several_hosts_one_that_cannot_be_validated_does_not_hold_up_the_others()
    {
        await using Pebble ca = await Pebble.StartAsync(site.Validated);

        // Nobody listens there: the gateway is on 127.0.0.1 alone.
        await ca.ResolveAsync("closed.example.test", "127.0.0.2");
        await using GatewayRun gateway = site.Serve(ca, "Tls:Acme:ExtraNames:0=closed.example.test", "Tls:Acme:ExtraNames:1=origin.example.test");

        await site.CertificateAsync(gateway, ca);
        await site.CertificateAsync(gateway, ca, "origin.example.test");
        await AcmeSite.UntilAsync(() => Task.FromResult(gateway.Output.Contains("\"Hint\":\"see that closed.example.test leads to this gateway on port 80 (http-01) or 443 (tls-alpn-01): something else responds there, or nothing\"", StringComparison.Ordinal)), gateway, ca);

        Assert.Null(await site.HandshakeAsync("closed.example.test"));
        await gateway.PrintsAsync("\"Challenge\":\"http-01\",\"Problem\":\"connection: ");
        await gateway.PrintsAsync("\"Challenge\":\"tls-alpn-01\",\"Problem\":\"unauthorized: ");
    }

    [Fact]
    public async Task Serves_the_stored_certificate_after_a_restart_without_the_CA()
    {
        X509Certificate2 before;
        await using Pebble ca = await Pebble.StartAsync(site.Validated);
        await using (GatewayRun first = site.Serve(ca))
        {
            before = (await site.CertificateAsync(first, ca))[0];
            await AcmeSite.UntilAsync(() => Task.FromResult(first.Output.Contains("Next certificate for", StringComparison.Ordinal)), first, ca);
        }

        await using GatewayRun second = site.Serve(ca, "Tls:Acme:Proxy=http://127.0.0.1:1");

        Assert.Equal(before.Thumbprint, (await site.CertificateAsync(second, ca))[0].Thumbprint);
        await second.SignalAsync("HUP");
        Assert.Equal(1, ca.Orders);
    }

    [Fact]
    public async Task Renews_when_an_operator_commands_it()
    {
        await using Pebble ca = await Pebble.StartAsync(site.Validated);
        await using GatewayRun gateway = site.Serve(ca);
        X509Certificate2 first = (await site.CertificateAsync(gateway, ca))[0];

        // A command that comes while the first one is still being stored gets the result of that order.
        await AcmeSite.UntilAsync(() => Task.FromResult(gateway.Output.Contains("Next certificate for", StringComparison.Ordinal)), gateway, ca);
        (int exitCode, string output, string error) = await GatewayRun.RunAsync("renew", AcmeSite.Host, "--set", $"Operations:CommandSocket={site.CommandSocket}");

        Assert.True(exitCode == 0, error);
        Assert.StartsWith($"{AcmeSite.Host}: new certificate, valid until ", output, StringComparison.Ordinal);
        Assert.NotEqual(first.Thumbprint, (await site.HandshakeAsync())![0].Thumbprint);
    }

    [Theory]
    [InlineData("POST /sign-me-up")]
    [InlineData("Added order ")]
    [InlineData("POST /authZ/")]
    [InlineData("POST /chalZ/")]
    [InlineData("POST /finalize-order/")]
    [InlineData("Issued certificate serial")]
    [InlineData("POST /certZ/")]
    public async Task Killed_in_the_middle_of_an_order_it_ends_with_one_certificate_and_at_most_one_orphaned_order(string step)
    {
        await using Pebble ca = await Pebble.StartAsync(site.Validated);
        await using (GatewayRun first = site.Serve(ca))
        {
            await AcmeSite.UntilAsync(() => Task.FromResult(ca.Count(step) > 0), first, ca);
            first.Kill();
        }

        await using GatewayRun second = site.Serve(ca);
        await site.CertificateAsync(second, ca);

        Assert.Equal(1, ca.Issued);
        Assert.InRange(ca.Orders, 1, 2);
    }

    private static bool LeadsTo(X509Certificate2 root, IReadOnlyList<X509Certificate2> chain)
    {
        using X509Chain built = new();
        built.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        built.ChainPolicy.CustomTrustStore.Add(root);
        built.ChainPolicy.ExtraStore.AddRange(chain.Skip(1).ToArray());
        built.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        return built.Build(chain[0]);
    }
}
