using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using IssuerGateway.Demo.StandIn;
using IssuerGateway.Kubernetes;
using IssuerGateway.Kubernetes.Kubeconfigs;
using IssuerGateway.Kubernetes.Trust;
using Microsoft.Extensions.Time.Testing;

namespace IssuerGateway.Tests.Kubernetes.Kubeconfigs;

public sealed class KubeconfigAccessTests : IDisposable
{
    private readonly TemporaryDirectory directory = new();
    private readonly ClusterCa ca = new();

    private string Path => directory.File("kubeconfig");

    public void Dispose()
    {
        directory.Dispose();
        ca.Dispose();
    }

    [Fact]
    public void Takes_server_CA_name_and_token_of_the_current_context()
    {
        Write(cluster: $"server: https://10.0.0.1:6443\n    tls-server-name: kubernetes\n    certificate-authority-data: {Base64(ca.Pem)}", user: "token: abc.def.ghi");

        ApiServerAccess access = Read().Access!;

        Assert.Equal([new Uri("https://10.0.0.1:6443")], access.Servers);
        Assert.False(access.DiscoversServers);
        Assert.Equal("kubernetes", access.ServerName);
        Assert.Equal("abc.def.ghi", access.Token!.Read().Token);
        Assert.Null(access.ClientCertificate);
        Assert.Single(access.Trust.Certificates);
    }

    [Fact]
    public void Keeps_every_certificate_of_a_CA_bundle()
    {
        using ClusterCa next = new("next");
        Write(cluster: $"server: https://10.0.0.1:6443\n    certificate-authority-data: {Base64(ca.Pem + "\n" + next.Pem)}");

        Assert.Equal(2, Read().Access!.Trust.Certificates.Count);
    }

    [Theory]
    [InlineData("{0}{1}")]
    [InlineData("\u00ef\u00bb\u00bf{0}\r\n{1}")]
    [InlineData("# old\n{0} # new\n{1}")]
    [InlineData("{1}{0}{1}")]
    public void Keeps_every_certificate_however_the_files_were_joined(string joined)
    {
        using ClusterCa next = new("next");
        string bundle = joined.Replace("{0}", ca.Pem, StringComparison.Ordinal).Replace("{1}", next.Pem, StringComparison.Ordinal);
        Write(cluster: $"server: https://10.0.0.1:6443\n    certificate-authority-data: {Convert.ToBase64String(Encoding.Latin1.GetBytes(bundle))}");

        Assert.Equal(2, Read().Access!.Trust.Certificates.Select(certificate => certificate.Thumbprint).Distinct().Count());
    }

    [Fact]
    public void Takes_the_context_that_is_requested()
    {
        Write();

        Assert.NotNull(Read("it").Access);
        Assert.Equal(
            new AccessFault("kubeconfig-invalid", $"{Path}: no context \"other\"", "set Upstream:Context to one of it"),
            Assert.Single(Read("other").Faults));
    }

    [Fact]
    public void Reads_files_relative_to_the_kubeconfig_and_the_token_file_again()
    {
        Directory.CreateDirectory(directory.File("pki"));
        File.WriteAllText(directory.File("pki/ca.crt"), ca.Pem);
        File.WriteAllText(directory.File("pki/token"), "from-file");
        Write(cluster: "server: https://10.0.0.1:6443\n    certificate-authority: pki/ca.crt", user: "tokenFile: pki/token");

        ApiServerAccess access = Read().Access!;

        Assert.Equal("from-file", access.Token!.Read().Token);
        File.WriteAllText(directory.File("pki/token"), "rotated");
        access.Token.Invalidate();
        Assert.Equal("rotated", access.Token.Read().Token);
    }

    [Fact]
    public void A_token_file_wins_over_a_token_in_place()
    {
        File.WriteAllText(directory.File("token"), "from-file");
        Write(user: $"token: stale\n    tokenFile: {directory.File("token")}");

        Assert.Equal("from-file", Read().Access!.Token!.Read().Token);
    }

    // As client-go: the token in place is what is left while the file cannot be read.
    [Fact]
    public void A_token_in_place_is_used_while_the_token_file_cannot_be_read()
    {
        string file = directory.File("token");
        Write(user: $"token: inline\n    tokenFile: {file}");
        ApiServerAccess access = Read().Access!;

        Assert.Equal("inline", access.Token!.Read().Token);

        File.WriteAllText(file, "from-file");
        access.Token.Invalidate();
        Assert.Equal("from-file", access.Token.Read().Token);
    }

    // As kubectl, which reads the first document and no further.
    [Theory]
    [InlineData("---\n")]
    [InlineData("---\napiVersion: v1\nkind: Config\ncurrent-context: other\n")]
    [InlineData("...\n")]
    public void Of_several_documents_the_first_one_counts(string more)
    {
        Write();
        File.AppendAllText(Path, "\n" + more);

        Assert.Equal("abc", Read().Access!.Token!.Read().Token);
    }

    // As kubectl: "duplicate name in list".
    [Theory]
    [InlineData("clusters:", "- name: c\n  cluster: {server: 'https://10.9.9.9:6443'}", "c", "clusters")]
    [InlineData("users:", "- name: u\n  user: {token: other}", "u", "users")]
    [InlineData("contexts:", "- name: it\n  context: {cluster: c, user: u}", "it", "contexts")]
    public void Two_entries_of_one_name_are_a_fault(string list, string twin, string name, string where)
    {
        File.WriteAllText(Path, """
            current-context: it
            contexts:
            - name: it
              context: {cluster: c, user: u}
            clusters:
            - name: c
              cluster: {server: 'https://10.0.0.1:6443'}
            users:
            - name: u
              user: {token: abc}
            """.Replace(list, $"{list}\n{twin}", StringComparison.Ordinal));

        Assert.Equal(
            [new AccessFault("kubeconfig-invalid", $"{Path}: has two entries named \"{name}\" in {where}", "remove or rename one of them; kubectl rejects the file too")],
            Read().Faults);
    }

    // As kubectl; a server must not trust every CA of its machine.
    [Fact]
    public void Without_a_CA_the_program_of_an_administrator_trusts_what_the_machine_trusts()
    {
        Write(cluster: "server: https://10.0.0.1:6443");
        KubectlBehavior kubectl = new() { Plugin = new CountingPlugin(_ => null), EnvironmentProxy = new System.Net.WebProxy() };

        Assert.Same(TrustAnchors.OfMachine, new KubeconfigAccess(Path, context: null, TimeProvider.System, kubectl).Read().Access!.Trust);
        Assert.Equal("kubeconfig-refused", Assert.Single(Read().Faults).Code);
    }

    [Theory]
    [InlineData("{user: u}", "context \"it\" names no cluster")]
    [InlineData("{cluster: c}", "context \"it\" names no user")]
    public void A_context_without_one_of_its_halves_is_named_as_that(string context, string message)
    {
        File.WriteAllText(Path, $$$"""
            current-context: it
            contexts: [{name: it, context: {{{context}}}}]
            clusters: [{name: c, cluster: {server: 'https://10.0.0.1:6443'}}]
            users: [{name: u, user: {token: abc}}]
            """);

        Assert.Equal($"{Path}: {message}", Assert.Single(Read().Faults).Message);
    }

    [Fact]
    public void Takes_a_client_certificate_in_place_or_from_files()
    {
        using X509Certificate2 client = ca.Client("gateway");
        string key = client.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem();
        Write(user: $"client-certificate-data: {Base64(client.ExportCertificatePem())}\n    client-key-data: {Base64(key)}");
        Assert.Equal(client.Thumbprint, Read().Access!.ClientCertificate!.Thumbprint);

        File.WriteAllText(directory.File("client.crt"), client.ExportCertificatePem());
        File.WriteAllText(directory.File("client.key"), key);
        Write(user: "client-certificate: client.crt\n    client-key: client.key");
        ApiServerAccess fromFiles = Read().Access!;
        Assert.Equal(client.Thumbprint, fromFiles.ClientCertificate!.Thumbprint);
        Assert.True(fromFiles.ClientCertificate.HasPrivateKey);
        Assert.Null(fromFiles.Token);
    }

    [Fact]
    public void A_client_key_of_another_certificate_is_a_fault()
    {
        using X509Certificate2 client = ca.Client("gateway");
        using X509Certificate2 other = ca.Client("other");
        Write(user: $"client-certificate-data: {Base64(client.ExportCertificatePem())}\n    client-key-data: {Base64(other.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem())}");

        Assert.Equal(
            new AccessFault("client-certificate-invalid", $"{Path}: client-certificate, data in the kubeconfig: no client certificate with its unencrypted private key, both PEM",
                "give the certificate and the key that belongs to it; a key with a passphrase cannot be used"),
            Assert.Single(Read().Faults));
    }

    [Fact]
    public void A_kubeconfig_in_JSON_is_one_too()
    {
        File.WriteAllText(Path, $$$"""
            {"apiVersion":"v1","kind":"Config","current-context":"it","contexts":[{"name":"it","context":{"cluster":"c","user":"u"}}],
             "clusters":[{"name":"c","cluster":{"server":"https://10.0.0.1:6443","certificate-authority-data":"{{{Base64(ca.Pem)}}}"}}],
             "users":[{"name":"u","user":{"token":"abc"}}]}
            """);

        Assert.Equal("abc", Read().Access!.Token!.Read().Token);
    }

    [Fact]
    public void Is_read_again_when_it_changes_and_only_then()
    {
        Write(user: "token: one");
        KubeconfigAccess source = new(Path, null, TimeProvider.System);
        ApiServerAccess first = source.Read().Access!;
        Assert.Same(first, source.Read().Access);

        Write(user: "token: two");
        Assert.Equal("two", source.Read().Access!.Token!.Read().Token);
    }

    [Theory]
    [InlineData("server: https://10.0.0.1:6443\n    insecure-skip-tls-verify: true", "token: abc",
        "insecure-skip-tls-verify is rejected: without verification anyone on the network could hand us their own keys", "remove it and add certificate-authority-data")]
    [InlineData("proxy-url: http://proxy:3128", "token: abc",
        "proxy-url is rejected: the gateway connects to the API servers directly", "remove it and make the API servers reachable from here")]
    [InlineData("", "exec: {apiVersion: client.authentication.k8s.io/v1, command: /bin/false}",
        "exec is rejected: the gateway runs no credential plugins",
        "create a ServiceAccount for the gateway and use its token (kubectl create token, or a projected token file) or a client certificate")]
    [InlineData("", "auth-provider: {name: oidc, config: {id-token: secret}}",
        "auth-provider is rejected: auth providers are gone from Kubernetes", "use a token, a tokenFile or a client certificate")]
    [InlineData("", "username: admin\n    password: secret",
        "username and password is rejected: API servers have no basic authentication any more", "use a token, a tokenFile or a client certificate")]
    [InlineData("", "token: abc\n    as: system:admin",
        "impersonation (as) is rejected: the gateway acts only as itself", "remove it and bind system:service-account-issuer-discovery to the user itself")]
    public void Rejects_what_would_weaken_or_surprise(string cluster, string user, string message, string hint)
    {
        Write(cluster: $"{(cluster.Contains("server:", StringComparison.Ordinal) ? "" : "server: https://10.0.0.1:6443\n    ")}{cluster}\n    certificate-authority-data: {Base64(ca.Pem)}", user: user);

        AccessReading reading = Read();

        Assert.Null(reading.Access);

        // kubectl and issuerctl take what only a server must not do.
        bool isTaken = ((string[])["proxy-url", "exec", "impersonation", "a cluster without"]).Any(what => message.StartsWith(what, StringComparison.Ordinal));
        Assert.Contains(new AccessFault("kubeconfig-refused", $"{Path}: {message}", hint) { IsTakenByKubectl = isTaken }, reading.Faults);
        Assert.DoesNotContain(reading.Faults, fault => (fault.Message + fault.Hint).Contains("secret", StringComparison.Ordinal));
    }

    [Fact]
    public void Does_not_run_the_plugin_that_it_rejects()
    {
        string witness = directory.File("ran");
        Write(user: $"exec: {{apiVersion: client.authentication.k8s.io/v1, command: /usr/bin/touch, args: [{witness}]}}");

        Read();

        Assert.False(File.Exists(witness));
    }

    [Fact]
    public void Names_every_rejection_at_once()
    {
        Write(cluster: "server: http://10.0.0.1:6443\n    insecure-skip-tls-verify: true", user: "username: a\n    password: b\n    exec: {command: x}");

        Assert.Equal(
            [
                $"{Path}: insecure-skip-tls-verify is rejected: without verification anyone on the network could hand us their own keys",
                $"{Path}: exec is rejected: the gateway runs no credential plugins",
                $"{Path}: username and password is rejected: API servers have no basic authentication any more",
                $"{Path}: the cluster's server \"http://10.0.0.1:6443\" is not an address such as https://10.0.0.1:6443",
                $"{Path}: a cluster without certificate-authority is rejected: the gateway trusts the cluster's own CA only, not every CA of this machine",
            ],
            Read().Faults.Select(fault => fault.Message));
    }

    [Theory]
    [InlineData("", "is empty")]
    [InlineData("users:\n- name: u\n  user: {token: s3cret\n", "is no kubeconfig (line 4)")]
    [InlineData("just text s3cret", "is no kubeconfig")]
    [InlineData("apiVersion: v1\nkind: Config\n", "names no current-context")]
    [InlineData("current-context: it\ncontexts: [~]\n", "no context \"it\"")]
    [InlineData("current-context: it\ncontexts: ~\nclusters: ~\nusers: ~\n", "no context \"it\"")]
    [InlineData("current-context: it\ncontexts: [{name: it}]\n", "no context \"it\"")]
    [InlineData("current-context: it\ncontexts: [{name: it, context: {cluster: c, user: u}}]\nclusters: [~, {name: c, cluster: {}}]\nusers: [~, {name: u}]\n", "context \"it\" names a user that is not there")]
    [InlineData("current-context: it\ncontexts: [{name: it, context: {cluster: c, user: u}}]\n", "context \"it\" names a cluster that is not there")]
    [InlineData("current-context: it\ncontexts: [{name: it, context: {cluster: c, user: u}}]\nclusters: [{name: c, cluster: {server: x}}]\n", "context \"it\" names a user that is not there")]
    public void Says_what_is_wrong_without_quoting_it(string content, string message)
    {
        File.WriteAllText(Path, content);

        AccessFault fault = Assert.Single(Read().Faults);

        Assert.Equal("kubeconfig-invalid", fault.Code);
        Assert.Equal($"{Path}: {message}", fault.Message);
    }

    [Fact]
    public void Rejects_what_is_nested_deeper_than_any_kubeconfig()
    {
        string extension = string.Concat(Enumerable.Repeat("[", 100_000)) + string.Concat(Enumerable.Repeat("]", 100_000));
        Write(user: $"token: abc\n    extension: {extension}");

        Assert.Equal(new AccessFault("kubeconfig-invalid", $"{Path}: is nested deeper than 64 levels", "give a file as kubectl writes it"), Assert.Single(Read().Faults));
    }

    [Theory]
    [InlineData("namespace: x", "the user has no credential")]
    [InlineData("client-certificate: a.crt", "the user has only one of client-certificate and client-key")]
    [InlineData("token: \"a b\"", "token: does not contain a bearer token")]
    [InlineData("client-key-data: '%%'\n    client-certificate-data: '%%'", "client-certificate-data is not base64")]
    public void Says_which_credential_is_missing(string user, string message)
    {
        Write(user: user);

        Assert.Contains($"{Path}: {message}", Read().Faults.Select(fault => fault.Message));
    }

    [Fact]
    public void Members_that_are_null_are_members_that_are_absent()
    {
        Write(user: "token: abc\n    as: ~\n    as-groups: ~\n    as-user-extra: ~\n    exec: ~\n    auth-provider: ~\n    tokenFile: ~\n    username: ~");

        Assert.Equal("abc", Read().Access!.Token!.Read().Token);
    }

    [Fact]
    public void A_missing_kubeconfig_or_CA_file_is_a_fault()
    {
        Assert.Equal($"{Path}: no such file", Assert.Single(Read().Faults).Message);

        Write(cluster: "server: https://10.0.0.1:6443\n    certificate-authority: absent.crt");
        Assert.Equal(
            new AccessFault("file-missing", $"{directory.File("absent.crt")}: no such file", $"correct certificate-authority in {Path}, or put a file there that this process may read"),
            Assert.Single(Read().Faults));
    }

    [Fact]
    public void Without_a_current_context_the_only_one_is_taken()
    {
        Write();
        File.WriteAllText(Path, File.ReadAllText(Path).Replace("current-context: it\n", "", StringComparison.Ordinal));

        Assert.Equal("abc", Read().Access!.Token!.Read().Token);
    }

    [Fact]
    public void Without_a_current_context_two_are_one_too_many()
    {
        Write();
        File.WriteAllText(Path, File.ReadAllText(Path).Replace("current-context: it\n", "", StringComparison.Ordinal).Replace("contexts:\n", "contexts:\n- name: other\n  context: {cluster: c, user: u}\n", StringComparison.Ordinal));

        Assert.Equal(new AccessFault("kubeconfig-invalid", $"{Path}: names no current-context", "set Upstream:Context to one of other, it"), Assert.Single(Read().Faults));
    }

    [Theory]
    [InlineData("as-uid: 1234")]
    [InlineData("as: system:admin")]
    [InlineData("as-groups: [system:masters]")]
    public void Rejects_each_kind_of_impersonation_alone(string member)
    {
        Write(user: $"token: abc\n    {member}");

        Assert.Equal($"{Path}: impersonation (as) is rejected: the gateway acts only as itself", Assert.Single(Read().Faults).Message);
    }

    [Fact]
    public void Several_files_are_merged_as_kubectl_does()
    {
        Directory.CreateDirectory(directory.File("clusters/pki"));
        File.WriteAllText(directory.File("clusters/pki/ca.crt"), ca.Pem);
        File.WriteAllText(directory.File("clusters/config"), """
            clusters:
            - name: c
              cluster: {server: "https://10.0.0.1:6443", certificate-authority: pki/ca.crt}
            """);
        File.WriteAllText(directory.File("users"), """
            current-context: it
            contexts:
            - name: it
              context: {cluster: c, user: u}
            users:
            - name: u
              user: {token: first}
            """);
        File.WriteAllText(directory.File("later"), """
            current-context: other
            clusters:
            - name: c
              cluster: {server: "https://10.9.9.9:6443"}
            users:
            - name: u
              user: {token: later}
            """);
        string joined = string.Join(System.IO.Path.PathSeparator, directory.File("absent"), directory.File("clusters/config"), directory.File("users"), directory.File("later"));

        ApiServerAccess access = new KubeconfigAccess(joined, null, TimeProvider.System).Read().Access!;

        Assert.Equal([new Uri("https://10.0.0.1:6443")], access.Servers);
        Assert.Equal("first", access.Token!.Read().Token);
        Assert.Single(access.Trust.Certificates);
    }

    [Fact]
    public void Of_several_files_one_must_exist_and_the_broken_one_is_named()
    {
        string joined = $"{directory.File("a")}{System.IO.Path.PathSeparator}{directory.File("b")}";
        Assert.Equal($"{directory.File("b")}: no such file", Assert.Single(new KubeconfigAccess(joined, null, TimeProvider.System).Read().Faults).Message);

        Write();
        File.WriteAllText(directory.File("b"), "just text s3cret");
        joined = $"{Path}{System.IO.Path.PathSeparator}{directory.File("b")}";
        Assert.Equal($"{directory.File("b")}: is no kubeconfig", Assert.Single(new KubeconfigAccess(joined, null, TimeProvider.System).Read().Faults).Message);
    }

    [Theory]
    [InlineData("/a:/b", ':', "/a", "/b")]
    [InlineData("/a::/b:", ':', "/a", "/b")]
    [InlineData(@"C:\a;D:\b", ';', @"C:\a", @"D:\b")]
    [InlineData(@"C:\a", ';', @"C:\a")]
    [InlineData("/one:file", ':', "/one:file")]
    public void Splits_a_list_by_the_separator_of_the_platform(string list, char separator, params string[] files) =>
        Assert.Equal(files, KubeconfigAccess.Split(list, separator, path => path == "/one:file"));

    [Fact]
    public void A_plugin_gives_a_client_certificate_and_runs_again_for_a_new_token()
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using X509Certificate2 certificate = new CertificateRequest("CN=admin", key, HashAlgorithmName.SHA256).CreateSelfSigned(TimeProvider.System.GetUtcNow().AddMinutes(-1), TimeProvider.System.GetUtcNow().AddHours(1));
        FakeTimeProvider time = new(TimeProvider.System.GetUtcNow());
        CountingPlugin plugin = new(run => run > 3 ? null : new PluginCredential($"token-{run}", certificate.ExportCertificatePem(), key.ExportPkcs8PrivateKeyPem(), time.GetUtcNow().AddMinutes(10)));
        Write(user: "exec: {apiVersion: client.authentication.k8s.io/v1, command: bin/login, args: [a]}");

        ApiServerAccess access = new KubeconfigAccess(Path, null, time, new KubectlBehavior { Plugin = plugin, EnvironmentProxy = new System.Net.WebProxy() }).Read().Access!;

        Assert.Equal(directory.File("bin/login"), plugin.Command);
        Assert.Equal(certificate.Thumbprint, access.ClientCertificate!.Thumbprint);
        Assert.Equal("token-1", access.Token!.Read().Token);
        Assert.Equal("token-1", access.Token.Read().Token);
        time.Advance(TimeSpan.FromMinutes(10));
        Assert.Equal("token-2", access.Token.Read().Token);
        access.Token.Invalidate();
        Assert.Equal("token-3", access.Token.Read().Token);
        access.Token.Invalidate();
        Assert.Equal($"kubeconfig {Path}: the credential plugin \"{directory.File("bin/login")}\" of user \"u\" failed: no more", access.Token.Read().Fault?.Message);
    }

    private sealed class CountingPlugin(Func<int, PluginCredential?> run) : ICredentialPlugin
    {
        private int runs;

        public string? Command { get; private set; }

        public PluginCredential? Run(k8s.KubeConfigModels.ExternalExecution plugin, out PluginFault? fault)
        {
            Command = plugin.Command;
            PluginCredential? given = run(++runs);
            fault = given is null ? new PluginFault("no more") : null;
            return given;
        }
    }

    private AccessReading Read(string? context = null) => new KubeconfigAccess(Path, context, TimeProvider.System).Read();

    private void Write(string? cluster = null, string user = "token: abc") => File.WriteAllText(Path, $"""
        apiVersion: v1
        kind: Config
        current-context: it
        contexts:
        - name: it
          context: {"{"}cluster: c, user: u, namespace: default{"}"}
        clusters:
        - name: c
          cluster:
            {cluster ?? $"server: https://10.0.0.1:6443\n    certificate-authority-data: {Base64(ca.Pem)}"}
        users:
        - name: u
          user:
            {user}

        """);

    private static string Base64(string text) => Convert.ToBase64String(Encoding.ASCII.GetBytes(text));
}
