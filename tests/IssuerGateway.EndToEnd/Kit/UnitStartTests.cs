
namespace IssuerGateway.EndToEnd.Kit;

/// <summary>
/// The unit started by a real systemd in namespaces of its own: notify, port 443 without root, filter, credentials. On this
/// machine, whose systemd may need the drop-in systemd-252.conf, and on Debian 13 with systemd 257 and Type=notify-reload.
/// </summary>
public sealed class UnitStartTests
{
    private const string Pushed = """
        { "Issuers": [{ "Identifier": "https://issuer.example.test", "Upstream": { "Kind": "Directory", "Directory": "/srv/documents" } }],
          "StateDirectory": "/var/lib/issuer-gateway", "Edge": { "HttpsPort": 443 }, "Tls": { "Mode": "SelfSigned" }, "Shutdown": { "Delay": "0s" } }
        """;

    private const string Fetching = """
        { "Issuers": [{ "Identifier": "https://issuer.example.test", "Upstream": { "Kind": "Explicit", "Servers": ["https://127.0.0.1:1"] } }],
          "StateDirectory": "/var/lib/issuer-gateway", "Edge": { "HttpsPort": 443 }, "Tls": { "Mode": "SelfSigned" }, "Shutdown": { "Delay": "0s" } }
        """;

    private const string Probe = """
        systemctl --version > /result/version
        systemctl show issuer-gateway -p Type > /result/type
        systemctl show issuer-gateway -p ActiveState,SubState,NRestarts > /result/started
        process=/proc/$(systemctl show issuer-gateway -p MainPID --value)
        grep -E '^(CapEff|CapBnd|NoNewPrivs|Seccomp):' "$process/status" > /result/process
        curl -sk -o /result/body -w '%{http_code}' -H 'Host: issuer.example.test' https://127.0.0.1:443/openid/v1/jwks > /result/response
        systemctl reload issuer-gateway > /result/reload 2>&1; echo "exit $?" >> /result/reload
        systemctl show issuer-gateway -p ActiveState,SubState,NRestarts > /result/reloaded
        ls -A /var/lib/issuer-gateway > /result/state
        systemctl start issuer-gateway-check > /result/check 2>&1; echo "exit $?" >> /result/check
        systemctl stop issuer-gateway
        systemctl show issuer-gateway -p ActiveState,Result,ExecMainStatus > /result/stopped
        """;

    [Theory]
    [InlineData(Machine.This)]
    [InlineData(Machine.Debian13)]
    public void An_edge_that_gets_its_documents_pushed_serves_them_on_port_443(string system)
    {
        if (Machine.WhyNot(system) is { } reason)
        {
            TestContext.Current.TestOutputHelper?.WriteLine($"not run: {reason}");
            return;
        }

        using Machine machine = new(system, Pushed, "push.conf");
        machine.Write("srv/documents/.well-known/openid-configuration", """{"issuer":"https://issuer.example.test","jwks_uri":"https://issuer.example.test/openid/v1/jwks","response_types_supported":["id_token"],"subject_types_supported":["public"],"id_token_signing_alg_values_supported":["RS256"]}""");
        machine.Write("srv/documents/openid/v1/jwks", RecordedKeys());

        machine.Run(Probe);

        Assert.Equal(["ActiveState=active", "NRestarts=0", "SubState=running"], machine.Lines("started"));
        Assert.Equal("200", machine.Read("response"));

        // With notify-reload systemctl waits until the gateway says that it has reloaded, and fails without that.
        Assert.Equal("exit 0\n", machine.Read("reload"));
        if (system == Machine.Debian13)
        {
            Assert.Equal("Type=notify-reload\n", machine.Read("type"));
            Assert.StartsWith("systemd 25", machine.Read("version"), StringComparison.Ordinal);
        }

        Assert.Equal(["ActiveState=active", "NRestarts=0", "SubState=running"], machine.Lines("reloaded"));
        Assert.DoesNotContain(".aspnet", machine.Read("state"), StringComparison.Ordinal);
        Assert.Equal(RecordedKeys(), machine.Read("body"));
        Assert.Equal(["ActiveState=inactive", "ExecMainStatus=0", "Result=success"], machine.Lines("stopped"));
    }

    [Theory]
    [InlineData(Machine.This)]
    [InlineData(Machine.Debian13)]
    public void An_edge_that_fetches_gets_its_credentials_and_no_capability_but_to_bind_the_port(string system)
    {
        if (Machine.WhyNot(system) is { } reason)
        {
            TestContext.Current.TestOutputHelper?.WriteLine($"not run: {reason}");
            return;
        }

        using Machine machine = new(system, Fetching, dropIn: null);
        machine.Write("etc/issuer-gateway/credentials/token", "token");
        File.Copy("/etc/ssl/certs/ca-certificates.crt", machine.Path("etc/issuer-gateway/credentials/ca.crt"));

        machine.Run(Probe);

        Assert.Equal(["ActiveState=active", "NRestarts=0", "SubState=running"], machine.Lines("started"));
        Assert.Equal(["CapBnd:\t0000000000000400", "CapEff:\t0000000000000400", "NoNewPrivs:\t1", "Seccomp:\t2"], machine.Lines("process"));

        // Token and CA are readable: what is missing is only the API server.
        Assert.Equal("503", machine.Read("response"));
        Assert.Contains("fetch-connect-failed", machine.Read("log"), StringComparison.Ordinal);

        // The check sees the same and says it by its exit code.
        Assert.Contains("exit 1\n", machine.Read("check"), StringComparison.Ordinal);
        Assert.Contains("issuer-gateway: error: fetch-connect-failed: ", machine.Read("checklog"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(Machine.This)]
    [InlineData(Machine.Debian13)]
    public void A_host_without_a_token_reports_once_which_file_is_missing(string system)
    {
        if (Machine.WhyNot(system) is { } reason)
        {
            TestContext.Current.TestOutputHelper?.WriteLine($"not run: {reason}");
            return;
        }

        using Machine machine = new(system, Fetching, dropIn: null);
        machine.Run("systemctl show issuer-gateway -p ActiveState,AssertResult,NRestarts > /result/started\nsystemctl status issuer-gateway > /result/status 2>&1\n");

        Assert.Equal(["ActiveState=inactive", "AssertResult=no", "NRestarts=0"], machine.Lines("started"));
    }

    [Theory]
    [InlineData("config.json")]
    [InlineData("config-acme.json")]
    public void The_configurations_that_are_shipped_are_complete(string name)
    {
        Command printed = Command.Run(GatewayBinary.Path, "serve", "--print-config", "--config", System.IO.Path.Combine(KitFolder.Manifests, "systemd", name),
            "--set", "Issuers:0:Upstream:TokenFile=/run/credentials/token", "--set", "Issuers:0:Upstream:CaFile=/run/credentials/ca.crt");

        Assert.True(printed.ExitCode == 0, printed.Transcript);
        Assert.Contains("Issuers:0:Identifier = https://oidc.example.com\n", printed.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(Machine.This)]
    [InlineData(Machine.Debian13)]
    public void The_host_that_orders_its_certificate_opens_its_ports_and_takes_commands(string system)
    {
        if (Machine.WhyNot(system) is { } reason)
        {
            TestContext.Current.TestOutputHelper?.WriteLine($"not run: {reason}");
            return;
        }

        // Only the CA is another one: no network in the namespace, so the order cannot even begin.
        string configuration = File.ReadAllText(System.IO.Path.Combine(KitFolder.Manifests, "systemd", "config-acme.json"))
            .Replace("https://acme-staging-v02.api.letsencrypt.org/directory", "https://127.0.0.1:14000/dir", StringComparison.Ordinal);
        using Machine machine = new(system, configuration, dropIn: null);
        machine.Write("etc/issuer-gateway/credentials/token", "token");
        File.Copy("/etc/ssl/certs/ca-certificates.crt", machine.Path("etc/issuer-gateway/credentials/ca.crt"));

        machine.Run("""
            systemctl show issuer-gateway -p ActiveState,SubState,NRestarts > /result/started
            curl -s -o /dev/null -w '%{http_code}' -H 'Host: oidc.example.com' http://127.0.0.1/.well-known/acme-challenge/unknown > /result/http
            stat -c '%a %U %n' /run/issuer-gateway /run/issuer-gateway/commands.sock /var/lib/issuer-gateway/acme > /result/modes
            issuer-gateway renew oidc.example.com > /result/renew 2>&1; echo "exit $?" >> /result/renew
            ls -A /var/lib/issuer-gateway > /result/state
            """);

        Assert.Equal(["ActiveState=active", "NRestarts=0", "SubState=running"], machine.Lines("started"));
        Assert.Equal("404", machine.Read("http"));
        Assert.Equal(["600 issuer-gateway /run/issuer-gateway/commands.sock", "700 issuer-gateway /run/issuer-gateway", "700 issuer-gateway /var/lib/issuer-gateway/acme"], machine.Lines("modes"));
        Assert.EndsWith("exit 1\n", machine.Read("renew"), StringComparison.Ordinal);
        Assert.Contains("127.0.0.1:14000", machine.Read("renew"), StringComparison.Ordinal);
        Assert.DoesNotContain(".aspnet", machine.Read("state"), StringComparison.Ordinal);
    }

    /// <summary>The watchdog of systemd ends a gateway whose public ports do not respond, and only such a one (S1).</summary>
    [Fact]
    public void A_gateway_whose_public_port_does_not_respond_is_ended_and_started_again()
    {
        if (Machine.WhyNot(Machine.This) is { } reason)
        {
            TestContext.Current.TestOutputHelper?.WriteLine($"not run: {reason}");
            return;
        }

        using Machine machine = new(Machine.This, Pushed, "push.conf");
        machine.Write("srv/documents/openid/v1/jwks", RecordedKeys());
        machine.Write("kit-units/issuer-gateway.service.d/watchdog.conf", "[Service]\nWatchdogSec=15s\nExecStopPost=+/bin/sh -c 'echo $SERVICE_RESULT >> /result/ended'\n");

        // The gateway queries its ports by loopback: without it they do not respond to anybody.
        machine.Run("""
            sleep 20
            systemctl show issuer-gateway -p ActiveState,NRestarts,WatchdogUSec > /result/healthy
            ip link set lo down
            for i in $(seq 60); do [ -s /result/ended ] && break; sleep 1; done
            ip link set lo up
            for i in $(seq 30); do systemctl is-active -q issuer-gateway && break; sleep 1; done
            systemctl show issuer-gateway -p ActiveState,NRestarts > /result/again
            """);

        Assert.Equal(["ActiveState=active", "NRestarts=0", "WatchdogUSec=15s"], machine.Lines("healthy"));
        Assert.StartsWith("watchdog\n", machine.Read("ended"), StringComparison.Ordinal);
        Assert.Contains("The public ports did not respond to the gateway itself", machine.Read("log"), StringComparison.Ordinal);
        Assert.Equal(["ActiveState=active", "NRestarts=1"], machine.Lines("again"));
    }

    private static string RecordedKeys()
    {
        string response = File.ReadAllText(System.IO.Path.Combine(KitFolder.Root, "tests", "fixtures", "kubernetes-1.36", "jwks-one-rsa.http"));
        return response[(response.IndexOf("\r\n\r\n", StringComparison.Ordinal) + 4)..];
    }

    /// <summary>A copy-on-write view of this machine on which the gateway is installed as manifests/systemd/README.md says.</summary>
    private sealed class Machine : IDisposable
    {
        public const string This = "this machine";
        public const string Debian13 = "Debian 13";

        private readonly string folder = Directory.CreateTempSubdirectory("kit-machine-").FullName;

        public Machine(string system, string configuration, string? dropIn)
        {
            if (system == Debian13)
            {
                File.WriteAllText(System.IO.Path.Combine(folder, "base"), SystemdRoot.Path);
            }

            string systemd = System.IO.Path.Combine(KitFolder.Manifests, "systemd");
            File.WriteAllText(System.IO.Path.Combine(folder, "unit"), "issuer-gateway.service");
            Write("kit-units/issuer-gateway.service", File.ReadAllText(System.IO.Path.Combine(systemd, "issuer-gateway.service")));
            Write("kit-units/accounts.conf", File.ReadAllText(System.IO.Path.Combine(systemd, "issuer-gateway.sysusers.conf")));
            Write("kit-units/directories.conf", File.ReadAllText(System.IO.Path.Combine(systemd, "issuer-gateway.tmpfiles.conf")));
            Write("kit-units/issuer-gateway.service.d/log.conf", "[Service]\nStandardOutput=append:/result/log\nStandardError=append:/result/log\n");
            Write("kit-units/issuer-gateway-check.service", File.ReadAllText(System.IO.Path.Combine(systemd, "issuer-gateway-check.service")));
            Write("kit-units/issuer-gateway-check.service.d/log.conf", "[Service]\nStandardOutput=append:/result/checklog\nStandardError=append:/result/checklog\n");
            if (system == This && UnitOfThisMachine.NeedsDropIn)
            {
                Write("kit-units/issuer-gateway.service.d/systemd-252.conf", File.ReadAllText(System.IO.Path.Combine(systemd, "systemd-252.conf")));
            }

            if (dropIn is not null)
            {
                Write($"kit-units/issuer-gateway.service.d/{dropIn}", File.ReadAllText(System.IO.Path.Combine(systemd, dropIn)));
            }

            Write("etc/issuer-gateway/config.json", configuration);
            Directory.CreateDirectory(Path("usr/bin"));
            Directory.CreateDirectory(Path("etc/issuer-gateway/credentials"));
            File.Copy(GatewayBinary.Path, Path("usr/bin/issuer-gateway"));
        }

        /// <summary>Absent where it can be run.</summary>
        public static string? WhyNot(string system) => !Environment.IsPrivilegedProcess ? "namespaces need root" : system == Debian13 ? SystemdRoot.WhyNot : null;

        public string Path(string path) => System.IO.Path.Combine(folder, "root", path);

        public void Write(string path, string text)
        {
            Directory.CreateDirectory(System.IO.Path.GetDirectoryName(Path(path))!);
            File.WriteAllText(Path(path), text);
        }

        public void Run(string probe)
        {
            File.WriteAllText(System.IO.Path.Combine(folder, "probe"), probe);
            Command run = Command.Run("timeout", "180", System.IO.Path.Combine(KitFolder.Root, "tests", "tools", "unit-run.sh"), folder);
            Assert.True(run.ExitCode == 0, run.Transcript);
        }

        public string Read(string name) => File.ReadAllText(System.IO.Path.Combine(folder, "result", name));

        public IEnumerable<string> Lines(string name) => Read(name).Split('\n', StringSplitOptions.RemoveEmptyEntries).Order(StringComparer.Ordinal);

        public void Dispose() => Directory.Delete(folder, recursive: true);
    }
}
