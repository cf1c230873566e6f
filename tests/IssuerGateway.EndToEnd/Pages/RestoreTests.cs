using System.Net;
using System.Text.Json.Nodes;
using IssuerGateway.EndToEnd.Gateway;
using IssuerGateway.EndToEnd.Kit;

namespace IssuerGateway.EndToEnd.Pages;

/// <summary>The commands of docs/how-to/backup-and-restore.md, as they are written there, bring back what was lost.</summary>
public sealed class RestoreTests : IDisposable
{
    private const string Page = "docs/how-to/backup-and-restore.md";
    private const string Namespace = "issuer-gateway";
    private const string Acme = "gateway-issuer-gateway-acme";
    private const string Certificate = "gateway-issuer-gateway-tls-oidc.example.com";

    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("issuer-gateway-restore-");

    public void Dispose() => folder.Delete(recursive: true);

    [Fact]
    public async Task A_new_cluster_gets_the_account_and_the_certificates_of_the_old_one()
    {
        Directory.CreateSymbolicLink(Path.Combine(folder.FullName, "charts"), KitFolder.Charts);
        string values = File.ReadAllText(RenderedChart.ValuesFile(RenderedChart.Gateway, "loadbalancer-acme"));
        File.WriteAllText(Path.Combine(folder.FullName, "first.yaml"), values);
        await using (StandInApiServer old = await StandInApiServer.StartAsync())
        {
            Run(old, $"helm install gateway charts/issuer-gateway --namespace {Namespace} --values first.yaml");
            old.Objects[Secret(Acme)]["data"] = new JsonObject { ["acme.json"] = "e30=" };
            old.Objects[Secret(Certificate)]["data"] = new JsonObject { ["tls.crt"] = "YQ==", ["tls.key"] = "Yg==" };

            Run(old, Block("kubectl get secret -n issuer-gateway -l"));
        }

        await using StandInApiServer fresh = await StandInApiServer.StartAsync();
        Run(fresh, Block("kubectl create -f secrets.json"));

        Assert.Equal("e30=", (string?)fresh.Objects[Secret(Acme)]["data"]?["acme.json"]);
        Assert.Equal("Yg==", (string?)fresh.Objects[Secret(Certificate)]["data"]?["tls.key"]);
        Assert.Equal("gateway", (string?)fresh.Objects[Secret(Certificate)]["metadata"]!["annotations"]!["meta.helm.sh/release-name"]);
        Assert.Contains(fresh.Objects.Keys, path => path.EndsWith("/deployments/gateway-issuer-gateway", StringComparison.Ordinal));
        Run(fresh, $"helm upgrade gateway charts/issuer-gateway --namespace {Namespace} --values values.yaml --set replicas=3");
        Assert.Equal("Yg==", (string?)fresh.Objects[Secret(Certificate)]["data"]?["tls.key"]);
    }

    [Fact]
    public async Task A_new_host_serves_the_last_good_documents_of_the_old_one()
    {
        await using GatewayFixture site = await GatewayFixture.StartAsync();
        string root = Path.Combine(folder.FullName, "root");
        string state = Path.Combine(root, "var/lib/issuer-gateway");
        Directory.CreateDirectory(state);
        Directory.CreateDirectory(Path.Combine(root, "etc/issuer-gateway"));
        File.WriteAllText(Path.Combine(root, "etc/issuer-gateway/config.json"), "{}");
        string published;
        await using (GatewayRun old = await site.ServeUntilReadyAsync($"StateDirectory={state}"))
        {
            using HttpClient relyingParty = site.Public();
            published = await relyingParty.GetStringAsync("/openid/v1/jwks");
            await GatewayFixture.WaitAsync(() => Task.FromResult(Directory.GetFiles(state).Length > 0), () => old.Error);
        }

        RunTar("tar --create", root);
        Directory.Delete(root, recursive: true);
        Directory.CreateDirectory(root);
        RunTar("tar --extract", root);

        site.Cluster.Server.Break(Demo.StandIn.FaultKind.Hang);
        await using GatewayRun restored = site.Serve($"StateDirectory={state}");
        await GatewayFixture.WaitAsync(async () => await site.StatusOfAsync("/livez") == HttpStatusCode.OK, () => restored.Error);
        string served = "";
        await GatewayFixture.WaitAsync(async () =>
        {
            try
            {
                // Anew each time: it trusts the self-signed certificate that the file holds by then.
                using HttpClient later = site.Public();
                served = await later.GetStringAsync("/openid/v1/jwks");
                return true;
            }
            catch (HttpRequestException)
            {
                return false;
            }
        }, () => $"{restored.Output}\n{restored.Error}");
        Assert.Equal(published, served);
        Assert.True(File.Exists(Path.Combine(root, "etc/issuer-gateway/config.json")));
    }

    private static string Secret(string name) => $"/api/v1/namespaces/{Namespace}/secrets/{name}";

    private static string Block(string part) => PageBlock.Of(Page).Single(block => block.Language == "sh" && block.Text.Contains(part, StringComparison.Ordinal)).Text;

    // The page's own line, on a folder in place of the root of the machine.
    private void RunTar(string start, string root)
    {
        string line = PageBlock.Of(Page).SelectMany(block => block.Text.Split('\n')).Single(each => each.StartsWith(start, StringComparison.Ordinal));
        Succeed(line.Replace("--directory /", $"--directory {root}", StringComparison.Ordinal));
    }

    // kubectl and helm of the tools, for this cluster. It has no OpenAPI document to validate with.
    private void Run(StandInApiServer cluster, string script)
    {
        string bin = Path.Combine(folder.FullName, "bin");
        Directory.CreateDirectory(bin);
        WriteProgram(Path.Combine(bin, "kubectl"), $"[ \"$1 $2\" != 'create -f' ] || set -- \"$@\" --validate=false\nexec {KitFolder.Tool("kubectl")} --kubeconfig {cluster.Kubeconfig} \"$@\"");
        WriteProgram(Path.Combine(bin, "helm"), $"[ \"$1\" != install ] && [ \"$1\" != upgrade ] || set -- \"$@\" --disable-openapi-validation\nexec {KitFolder.Tool(Helm.Four)} --kubeconfig {cluster.Kubeconfig} \"$@\"");
        Succeed($"PATH={bin}:$PATH\n{script}");
    }

    private void Succeed(string script)
    {
        Command run = Command.RunIn(folder.FullName, "bash", "-euo", "pipefail", "-c", script);
        Assert.True(run.ExitCode == 0, $"{script}\n{run.Transcript}");
    }

    private static void WriteProgram(string file, string script)
    {
        File.WriteAllText(file, $"#!/usr/bin/env bash\n{script}\n");
        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserExecute | UnixFileMode.UserWrite);
    }
}
