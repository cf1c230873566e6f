using System.Globalization;
using System.Security.Cryptography.X509Certificates;
using IssuerGateway.Demo.RelyingParty;
using IssuerGateway.Demo.StandIn;

namespace IssuerGateway.Demo;

/// <summary>
/// The main job, end to end: 1. a cluster, 2. the gateway in front of it, 3. a token validated through the public URL,
/// 4. a key rotation in the safe order, 5. what to try by hand until Ctrl-C. Leaves nothing behind.
/// </summary>
internal sealed class Demonstration(DemoOptions options, TextWriter output, TimeProvider time)
{
    private const string Audience = "api://AzureADTokenExchange";
    private const string KeySetPath = "/openid/v1/jwks";
    private static readonly TimeSpan waitLimit = TimeSpan.FromSeconds(40);

    /// <summary>0 when every token was accepted, 1 when not.</summary>
    public async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        DirectoryInfo directory = Directory.CreateTempSubdirectory("issuer-gateway-demo-");
        try
        {
            IReadOnlyList<int> ports = FreePorts.Take(2);
            GatewayLaunch launch = new(directory.FullName, options.Port == 0 ? ports[0] : options.Port, ports[1]);
            return await RunAsync(launch, cancellationToken) ? 0 : 1;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return options.Once ? 1 : 0;
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    private async Task<bool> RunAsync(GatewayLaunch launch, CancellationToken cancellationToken)
    {
        // 1.
        await using StandInCluster cluster = await StandInCluster.StartAsync(
            new StandInOptions { Issuer = launch.Issuer, Servers = 2, Time = time }, cancellationToken);
        Print("cluster", $"2 stand-in API servers at {string.Join(" and ", cluster.Servers.Select(server => $"https://127.0.0.1:{server.Port}"))}");

        // 2.
        long began = time.GetTimestamp();
        await using GatewayProcess gateway = GatewayProcess.Start(options.Gateway, launch.Arguments(cluster, new ClusterFiles(cluster, launch.Directory)), time);
        if (!await gateway.IsReadyAsync(new Uri($"{launch.Operations}/readyz"), waitLimit, cancellationToken))
        {
            Print("gateway", "did not become ready; its last lines:");
            await PrintLinesAsync(gateway);
            return false;
        }

        Print("gateway", string.Create(CultureInfo.InvariantCulture, $"publishes {launch.Issuer}, ready after {time.GetElapsedTime(began).TotalMilliseconds:0} ms"));

        // 3. and 4.
        bool good = await ValidateAsync(cluster, launch, cancellationToken);
        if (!good)
        {
            await PrintLinesAsync(gateway);
        }

        // 5.
        if (!options.Once && good)
        {
            PrintCommands(launch);
            await Task.Delay(Timeout.InfiniteTimeSpan, time, cancellationToken);
        }

        return good;
    }

    private async Task<bool> ValidateAsync(StandInCluster cluster, GatewayLaunch launch, CancellationToken cancellationToken)
    {
        ServiceAccount workload = cluster.AddAccount("default", "azure-demo");
        using X509Certificate2 trust = X509Certificate2.CreateFromPem(await File.ReadAllTextAsync(launch.TrustFile, cancellationToken));
        using StrictDocumentRetriever documents = new(trust);
        StrictRelyingParty party = new(new FederatedCredential(launch.Issuer, workload.Subject, Audience), documents, time);

        // 3.
        MintedToken token = cluster.Server.Mint(workload, [Audience]);
        if (!await PrintVerdictAsync("token", party, token, cancellationToken))
        {
            return false;
        }

        // 4. Public key first, everywhere; signing only once every reader can know it.
        ServiceAccountKey next = cluster.AddKey();
        long began = time.GetTimestamp();
        if (!await IsPublishedAsync(next, documents, launch, cancellationToken))
        {
            Print("rotation", string.Create(CultureInfo.InvariantCulture, $"the new key was not published within {waitLimit.TotalSeconds} s"));
            return false;
        }

        Print("rotation", string.Create(CultureInfo.InvariantCulture, $"a second key was added to the cluster and published {time.GetElapsedTime(began).TotalSeconds:0.0} s later, at the next refresh"));
        cluster.SignWith(next);
        MintedToken later = cluster.Server.Mint(workload, [Audience]);
        return await PrintVerdictAsync("new token", party, later, cancellationToken) & await PrintVerdictAsync("old token", party, token, cancellationToken);
    }

    private async Task<bool> IsPublishedAsync(ServiceAccountKey key, StrictDocumentRetriever documents, GatewayLaunch launch, CancellationToken cancellationToken)
    {
        long began = time.GetTimestamp();
        while (!await ShowsAsync(key, documents, launch, cancellationToken))
        {
            if (time.GetElapsedTime(began) > waitLimit)
            {
                return false;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(100), time, cancellationToken);
        }

        return true;
    }

    private static async Task<bool> ShowsAsync(ServiceAccountKey key, StrictDocumentRetriever documents, GatewayLaunch launch, CancellationToken cancellationToken)
    {
        try
        {
            return (await documents.GetDocumentAsync(launch.Issuer + KeySetPath, cancellationToken)).Contains(key.Jwk, StringComparison.Ordinal);
        }
        catch (IOException)
        {
            return false;
        }
    }

    private async Task<bool> PrintVerdictAsync(string subject, StrictRelyingParty party, MintedToken token, CancellationToken cancellationToken)
    {
        Verdict verdict = await party.ValidateAsync(token.Text, cancellationToken);
        Print(subject, $"{token.Account.Subject}, signed by key {token.Key.KeyId[..8]}…: {verdict}");
        return verdict.IsAccepted;
    }

    private void PrintCommands(GatewayLaunch launch)
    {
        output.WriteLine();
        output.WriteLine("Try what a relying party does:");
        output.WriteLine($"  curl --cacert {launch.TrustFile} {launch.Issuer}/.well-known/openid-configuration");
        output.WriteLine($"  curl --cacert {launch.TrustFile} {launch.Issuer}{KeySetPath}");
        output.WriteLine("and what an operator sees:");
        output.WriteLine($"  curl {launch.Operations}/status");
        output.WriteLine($"  curl {launch.Operations}/metrics");
        output.WriteLine($"  {launch.Operations}/ in a browser");
        output.WriteLine("Ctrl-C ends the gateway and the cluster and removes their files.");
    }

    private async Task PrintLinesAsync(GatewayProcess gateway)
    {
        await gateway.EndAsync();
        foreach (string line in gateway.LastLines)
        {
            output.WriteLine($"  {GatewayProcess.PlainLine(line)}");
        }
    }

    private void Print(string subject, string sentence) => output.WriteLine($"{subject,-10} {sentence}");
}
