using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.RegularExpressions;

namespace IssuerGateway.EndToEnd.Kit;

/// <summary>The Dockerfile, and what it makes: the gateway runs in that root as its user, with nothing writable but its state.</summary>
public sealed partial class ImageTests
{
    private const string Discovery = """{"issuer":"https://issuer.example.test","jwks_uri":"https://issuer.example.test/openid/v1/jwks","response_types_supported":["id_token"],"subject_types_supported":["public"],"id_token_signing_alg_values_supported":["RS256"]}""";

    private static readonly string[] dockerfile = File.ReadAllLines(Path.Combine(KitFolder.Root, "Dockerfile"));

    [Fact]
    public void The_Dockerfile_is_clean()
    {
        Command check = Command.Run("node", "tests/tools/dockerfile.mjs", "Dockerfile");

        Assert.True(check.ExitCode == 0, check.Transcript);
    }

    [Theory]
    [InlineData("USER 65532:65532")]
    [InlineData("    CMD [\"/usr/bin/issuer-gateway\", \"healthcheck\", \"--config\", \"/etc/issuer-gateway/config.json\"]")]
    [InlineData("ENTRYPOINT [\"/usr/bin/issuer-gateway\"]")]
        public void The_image_says(string line) => Assert.Contains(line, FinalStage().Append(dockerfile.First(each => each.StartsWith("ARG RUNTIME", StringComparison.Ordinal))));

    [Theory]
    [InlineData("title")]
    [InlineData("description")]
    [InlineData("version")]
    [InlineData("revision")]
    [InlineData("source")]
    [InlineData("base.name")]
    public void The_image_has_the_OCI_label(string name) => Assert.Contains(FinalStage(), line => line.Contains($"org.opencontainers.image.{name}=\"", StringComparison.Ordinal));

    [Fact]
    public void Both_bases_are_named_by_digest() =>
        Assert.All(dockerfile.Where(line => line.StartsWith("ARG ", StringComparison.Ordinal) && line.Contains("_IMAGE=", StringComparison.Ordinal)), line =>
            Assert.Matches("^ARG (SDK|RUNTIME)_IMAGE=mcr\\.microsoft\\.com/dotnet/(sdk:10\\.0-noble|runtime-deps:10\\.0-noble-chiseled)@sha256:[0-9a-f]{64}$", line));

    // A frontend is an image too, taken by tag, and it decides what is built.
    [Fact]
    public void No_image_is_named_but_the_bases() =>
        Assert.DoesNotContain(dockerfile, line => line.StartsWith("# syntax=", StringComparison.OrdinalIgnoreCase) || System.Text.RegularExpressions.Regex.IsMatch(line, "^FROM (?!\\$\\{(SDK|RUNTIME)_IMAGE\\})|--from=[^ ]*[:/]"));

    [Fact]
    public void Every_package_comes_from_one_source()
    {
        System.Xml.Linq.XElement configuration = System.Xml.Linq.XElement.Load(Path.Combine(KitFolder.Root, "nuget.config"));

        Assert.Equal("clear", configuration.Element("packageSources")!.Elements().First().Name.LocalName);
        Assert.Equal(["nuget.org"], configuration.Element("packageSources")!.Elements("add").Select(source => (string)source.Attribute("key")!));
        Assert.Equal(["*"], configuration.Descendants("package").Select(package => (string)package.Attribute("pattern")!));
    }

    [Theory]
    [InlineData("issuer-gateway")]
    [InlineData("issuerctl")]
    public void Each_image_has_the_notices_of_what_it_contains(string program) =>
        Assert.Contains(dockerfile, line => line.Contains($" src/IssuerGateway/THIRD-PARTY-NOTICES.md /image/usr/share/doc/{program}/", StringComparison.Ordinal));

    [Fact]
    public void The_final_stage_runs_nothing() => Assert.DoesNotContain(FinalStage(), line => line.StartsWith("RUN", StringComparison.Ordinal));

    [Fact]
    public void Everything_that_the_build_copies_is_in_the_context()
    {
        string[] admitted = [.. File.ReadAllLines(Path.Combine(KitFolder.Root, ".dockerignore")).Where(line => line.StartsWith('!')).Select(line => line[1..])];
        string[] copied = [.. dockerfile.Where(line => line.StartsWith("COPY ", StringComparison.Ordinal) && !line.Contains("--from", StringComparison.Ordinal))
            .SelectMany(line => line.Split(' ')[1..^1])];

        Assert.NotEmpty(copied);
        Assert.All(copied, path => Assert.True(Path.Exists(Path.Combine(KitFolder.Root, path)), $"{path} is not there"));
        Assert.All(copied, path => Assert.Contains(admitted, entry => path == entry || path.StartsWith(entry + "/", StringComparison.Ordinal)));
    }

    [Fact]
    public void What_the_project_takes_from_outside_its_folder_is_copied()
    {
        string project = File.ReadAllText(Path.Combine(KitFolder.Root, "src", "IssuerGateway", "IssuerGateway.csproj"));

        Assert.All(
            OutsidePath().Matches(project).Select(match => match.Groups[1].Value),
            path => Assert.Contains(dockerfile, line => line.StartsWith($"COPY {path} ", StringComparison.Ordinal)));
    }

    [Fact]
    public void The_packages_are_restored_from_what_is_copied_first()
    {
        string context = Directory.CreateTempSubdirectory("kit-context-").FullName;
        try
        {
            foreach (string line in dockerfile.TakeWhile(line => !line.StartsWith("COPY src/IssuerGateway src/", StringComparison.Ordinal)).Where(line => line.StartsWith("COPY ", StringComparison.Ordinal)))
            {
                string[] words = line.Split(' ')[1..];
                string target = Directory.CreateDirectory(Path.Combine(context, words[^1])).FullName;
                foreach (string path in words[..^1])
                {
                    File.Copy(Path.Combine(KitFolder.Root, path), Path.Combine(target, Path.GetFileName(path)));
                }
            }

            Command restore = Command.RunIn(context, "dotnet", "restore", "src/IssuerGateway", "--locked-mode");

            Assert.True(restore.ExitCode == 0, restore.Transcript);
            Assert.Contains(dockerfile, line => line.EndsWith("dotnet restore src/IssuerGateway --locked-mode", StringComparison.Ordinal));
        }
        finally
        {
            Directory.Delete(context, recursive: true);
        }
    }

    [Fact]
    public async Task The_gateway_serves_in_the_root_of_the_image_as_its_user_and_says_that_it_is_healthy()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "namespaces need root");
        using ImageRoot image = new();
        (int https, int operations) = (FreePort(), FreePort());
        image.Write("documents/.well-known/openid-configuration", Discovery);
        image.Write("documents/openid/v1/jwks", RecordedKeys());
        image.Write("etc/issuer-gateway/config.json", $$"""
            {
              "Issuers": [{ "Identifier": "https://issuer.example.test", "Upstream": { "Kind": "Directory", "Directory": "/documents" } }],
              "StateDirectory": "/var/lib/issuer-gateway",
              "Edge": { "Address": "127.0.0.1", "HttpsPort": {{https}} },
              "Tls": { "Mode": "SelfSigned", "SelfSigned": { "ExportFile": "/var/lib/issuer-gateway/certificate.pem" } },
              "Operations": { "Port": {{operations}} },
              "Shutdown": { "Delay": "0s" }
            }
            """);
        using Process gateway = image.Start("serve", "--config", "/etc/issuer-gateway/config.json");
        try
        {
            await ReadyAsync(operations);

            Command health = image.Run("healthcheck", "--config", "/etc/issuer-gateway/config.json");
            Assert.True(health.ExitCode == 0, health.Transcript);
            int process = GatewayOf(gateway);
            string certificate = File.ReadAllText($"/proc/{process}/root/var/lib/issuer-gateway/certificate.pem");
            Assert.Equal(Discovery, await GetAsync(https, "/.well-known/openid-configuration", certificate));
            Assert.Equal(RecordedKeys(), await GetAsync(https, "/openid/v1/jwks", certificate));
            Assert.Equal(["65532", "65532", "65532", "65532"], StatusOf(process, "Uid"));
            Assert.All(StatusOf(process, "CapPrm", "CapEff", "CapAmb"), set => Assert.Equal("0000000000000000", set));
            Assert.Equal(["1"], StatusOf(process, "NoNewPrivs"));
        }
        finally
        {
            gateway.Kill(entireProcessTree: true);
            await gateway.WaitForExitAsync();
        }
    }

    [Fact]
    public void The_health_check_fails_where_no_gateway_runs()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "namespaces need root");
        using ImageRoot image = new();
        image.Write("etc/issuer-gateway/config.json", $$"""{ "Operations": { "Port": {{FreePort()}} } }""");

        Assert.Equal(1, image.Run("healthcheck", "--config", "/etc/issuer-gateway/config.json").ExitCode);
    }

    [Theory]
    [InlineData("FROM ${RUNTIME_IMAGE} AS issuerctl")]
    [InlineData("USER 65532:65532")]
    [InlineData("ENTRYPOINT [\"/usr/bin/issuerctl\"]")]
    [InlineData("COPY --from=build-issuerctl /image/ /")]
    public void The_second_target_is_issuerctl(string line)
    {
        string[] stage = [.. dockerfile.SkipWhile(each => each != "FROM ${RUNTIME_IMAGE} AS issuerctl").TakeWhile(each => each != "FROM ${RUNTIME_IMAGE}")];

        Assert.Contains(line, stage);
        Assert.DoesNotContain(stage, each => each.StartsWith("RUN", StringComparison.Ordinal));
        Assert.All(((string[])["title", "description", "version", "revision", "source", "base.name"]).Select(name => $"org.opencontainers.image.{name}=\""), label => Assert.Contains(stage, each => each.Contains(label, StringComparison.Ordinal)));
    }

    [Fact]
    public void Every_project_that_issuerctl_references_is_copied_for_it()
    {
        string[] stage = [.. dockerfile.SkipWhile(each => !each.EndsWith("AS build-issuerctl", StringComparison.Ordinal)).Skip(1).TakeWhile(each => !each.StartsWith("FROM", StringComparison.Ordinal))];
        string project = File.ReadAllText(Path.Combine(KitFolder.Root, "src", "IssuerGateway.Ctl", "IssuerGateway.Ctl.csproj"));

        Assert.All(ReferencedProject().Matches(project).Select(match => match.Groups[1].Value).Append("IssuerGateway.Ctl"), name => Assert.Contains($"COPY src/{name} src/{name}", stage));
    }

    [Fact] // published as the Dockerfile does it, by tests/release.sh
    public void Issuerctl_runs_in_the_root_of_its_image_as_its_user()
    {
        string binary = Path.Combine(KitFolder.Root, "artifacts", "release", "issuerctl-linux-x64");
        if (!File.Exists(binary) || !Environment.IsPrivilegedProcess)
        {
            TestContext.Current.TestOutputHelper?.WriteLine($"not run: {binary} is made by tests/release.sh, and namespaces need root");
            return;
        }

        using ImageRoot image = new(binary);
        image.Write("documents/token", "not.a.token");

        Command help = image.Run("trust", "test", "--help");
        Command test = image.Run("trust", "test", "aws", "--token", "/documents/token", "--role-arn", "arn:aws:iam::111122223333:role/shop", "--region", "eu-central-1");

        Assert.True(help.ExitCode == 0, help.Transcript);
        Assert.Contains("kubernetes", help.Output, StringComparison.Ordinal);
        Assert.True(test.ExitCode == 2, test.Transcript);
        Assert.StartsWith("error: --token: /documents/token: the token cannot be decoded", test.Error, StringComparison.Ordinal);
        Assert.Equal([$"usr/bin/{Path.GetFileName(binary)}"], image.Programs());
    }

    [Fact]
    public void The_root_of_the_image_holds_no_program_but_the_gateway()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "namespaces need root");
        using ImageRoot image = new();

        Assert.Equal(["usr/bin/issuer-gateway"], image.Programs());
    }

    private static IEnumerable<string> FinalStage() => dockerfile.SkipWhile(line => line != "FROM ${RUNTIME_IMAGE}");

    private static string RecordedKeys()
    {
        string response = File.ReadAllText(Path.Combine(KitFolder.Root, "tests", "fixtures", "kubernetes-1.36", "jwks-one-rsa.http"));
        return response[(response.IndexOf("\r\n\r\n", StringComparison.Ordinal) + 4)..];
    }

    private static int FreePort()
    {
        using TcpListener listener = new(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private static async Task ReadyAsync(int port)
    {
        using SocketsHttpHandler handler = new();
        using HttpMessageInvoker http = new(handler);
        for (int attempt = 0; ; attempt++)
        {
            try
            {
                using HttpRequestMessage request = new(HttpMethod.Get, $"http://127.0.0.1:{port}/readyz");
                using HttpResponseMessage response = await http.SendAsync(request, CancellationToken.None);
                if (response.IsSuccessStatusCode)
                {
                    return;
                }
            }
            catch (HttpRequestException) when (attempt < 200)
            {
                // Not listening yet.
            }

            Assert.True(attempt < 200, "the gateway does not become ready");
            await Task.Delay(50);
        }
    }

    // Trusts the gateway's own certificate and nothing else.
    private static async Task<string> GetAsync(int port, string path, string certificate)
    {
        X509ChainPolicy policy = new() { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.Add(X509Certificate2.CreateFromPem(certificate));
        using SocketsHttpHandler handler = new() { SslOptions = { TargetHost = "issuer.example.test", CertificateChainPolicy = policy } };
        using HttpMessageInvoker http = new(handler);
        using HttpRequestMessage request = new(HttpMethod.Get, $"https://127.0.0.1:{port}{path}");
        request.Headers.Host = "issuer.example.test";
        using HttpResponseMessage response = await http.SendAsync(request, CancellationToken.None);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        return Encoding.UTF8.GetString(await response.Content.ReadAsByteArrayAsync());
    }

    // The gateway itself is the last of the processes that were started.
    private static int GatewayOf(Process started)
    {
        int process = started.Id;
        while (File.ReadAllText($"/proc/{process}/task/{process}/children").Split(' ', StringSplitOptions.RemoveEmptyEntries) is [string child, ..])
        {
            process = int.Parse(child);
        }

        return process;
    }

    private static string[] StatusOf(int process, params string[] fields) =>
        [.. File.ReadAllLines($"/proc/{process}/status").Where(line => fields.Contains(line.Split(':')[0])).SelectMany(line => line.Split('\t')[1..])];

    [GeneratedRegex("ProjectReference Include=\"\\.\\./([^/\"]+)/")]
    private static partial Regex ReferencedProject();

    [GeneratedRegex("\"\\.\\./\\.\\./([^\"]+)\"")]
    private static partial Regex OutsidePath();
}
