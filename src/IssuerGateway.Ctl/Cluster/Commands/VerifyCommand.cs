using System.CommandLine;
using System.Text;
using IssuerGateway.Base;
using IssuerGateway.Ctl.Cluster.Planning;
using IssuerGateway.Ctl.Cluster.Reports;
using IssuerGateway.Ctl.Cluster.Verification;
using IssuerGateway.Issuers;
using IssuerGateway.Kubernetes;
using IssuerGateway.Kubernetes.Objects;

namespace IssuerGateway.Ctl.Cluster.Commands;

/// <summary><c>cluster verify</c>: compares every API server with what a roll must have made of it.</summary>
internal sealed class VerifyCommand(ProgramEnvironment environment)
{
    private const int MaxFileBytes = GatewayStatusInput.MaxBytes;

    /// <summary>No registry has the images of this project: they are built and pushed by who runs them, as with the gateway's chart.</summary>
    public static string DefaultImage { get; } = $"issuerctl:{typeof(VerifyCommand).Assembly.GetName().Version?.ToString(3) ?? "latest"}";

    private readonly ClusterConnection connection = new(environment);

    private readonly Option<string> issuer = new("--issuer") { Description = "The new issuer.", HelpName = "URL", Required = true };

    private readonly Option<string?> afterRoll = new("--after-roll")
    {
        Description = "The roll that was finished: 1 (accepted as second), 2 (moved to first), 3 (old one dropped); K1 to K3 for the signing key. Default: only that the new issuer signs everywhere.",
        HelpName = "NUMBER",
    };

    private readonly Option<string?> tokenBefore = new("--token-before") { Description = "A file with a token from before the roll: kubectl create token default --duration 24h > token-before.jwt", HelpName = "FILE" };

    private readonly Option<string?> gatewayStatus = new("--gateway-status")
    {
        Description = "The /status of the gateway, to compare its keys: a file, or the URL of its operations listener, such as http://127.0.0.1:9090/status through kubectl port-forward. Plain http only to this machine and private hosts; no redirect, no proxy.",
        HelpName = "FILE|URL",
    };

    private readonly Option<string> space = new("--namespace") { Description = "The namespace of the service account whose tokens are requested.", HelpName = "NAME", DefaultValueFactory = _ => "default" };

    private readonly Option<string> account = new("--service-account") { Description = "The service account whose tokens are requested.", HelpName = "NAME", DefaultValueFactory = _ => "default" };

    private readonly Option<bool> printJob = new("--print-job") { Description = "Prints a Job with its rights that runs this verification inside the cluster, where every server can be reached; nothing is verified now." };

    private readonly Option<string> image = new("--image")
    {
        Description = "The image of issuerctl for --print-job. The default is this version without a registry: put the one that you pushed it to in front.",
        HelpName = "IMAGE",
        DefaultValueFactory = _ => DefaultImage,
    };

    public Command Build()
    {
        Command command = new("verify", "Compares every API server with what it must be after a roll: issuer, order, tokens from before and fresh ones at every server, key sets, the gateway. "
            + "Changes nothing; requests tokens of ten minutes, for which it needs create on serviceaccounts/token. It counts the servers by list on leases and pods in kube-system, nodes, and endpointslices in default; "
            + "it reads the documents with the role system:service-account-issuer-discovery, /flagz and /metrics with system:monitoring.\n\n"
            + "Example: issuerctl cluster verify --issuer https://oidc.example.com --after-roll 2 --token-before token-before.jwt --server https://192.0.2.11:6443 --server https://192.0.2.12:6443\n\n"
            + "Exit codes: 0 every server is as it must be; 1 a server was not seen or not as it must be; 2 wrong options, files or kubeconfig; 3 could not run.")
        { issuer, afterRoll, tokenBefore, gatewayStatus, space, account, printJob, image };
        connection.AddTo(command);
        command.SetAction(RunAsync);
        return command;
    }

    private async Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        List<(string Message, string Hint)> faults = [.. connection.Faults(arguments)];
        VerifyRequest request = Read(arguments, faults);
        if (CommandFaults.Print(faults, environment.Terminal))
        {
            return ExitCode.Usage;
        }

        if (arguments.GetValue(gatewayStatus) is { } status && GatewayStatusInput.IsUrl(status) && !arguments.GetValue(printJob))
        {
            (string? body, string? problem, string hint) = await GatewayStatusInput.FetchAsync(GatewayStatusInput.Parse(status, out _)!, cancellationToken);
            if (body is null)
            {
                environment.Terminal.Fail($"--gateway-status: {PrintableText.Of(status)}: {problem}", hint);
                return ExitCode.CouldNotRun;
            }

            request = request with { GatewayStatus = body };
        }

        if (arguments.GetValue(printJob))
        {
            return await PrintJobAsync(arguments, request, cancellationToken);
        }

        return await connection.RunAsync(arguments, async (api, servers) =>
        {
            VerifyReport report = await ClusterVerifier.VerifyAsync(api, servers, request, cancellationToken);
            environment.Output.Write(connection.OutputOf(arguments) switch
            {
                "json" => ClusterJson.Write(report),
                "markdown" => VerifyText.Write(report, ReportWriter.Markdown()),
                _ => VerifyText.Write(report, ReportWriter.For(environment.Terminal)),
            });
            return report.IsVerified ? ExitCode.Good : ExitCode.Findings;
        }, cancellationToken);
    }

    // The addresses come from the cluster unless they are given.
    private async Task<int> PrintJobAsync(ParseResult arguments, VerifyRequest request, CancellationToken cancellationToken)
    {
        if (connection.ServersOf(arguments) is { Count: > 0 } given)
        {
            environment.Output.Write(VerifyJob.Manifest(request, given, arguments.GetValue(image)!, isOpenShift: null));
            return ExitCode.Good;
        }

        return await connection.RunAsync(arguments, async (api, servers) =>
        {
            Inspection.ClusterState state = await Inspection.ClusterInspector.InspectAsync(api, servers, distribution: null, cancellationToken, isForVerification: true);
            if (state.Endpoints.Count == 0)
            {
                environment.Terminal.Fail("the addresses of the API servers could not be read", "needed right: list endpointslices.discovery.k8s.io in default; or give --server once for each");
                return ExitCode.Findings;
            }

            environment.Output.Write(VerifyJob.Manifest(request, [.. state.Endpoints.Select(endpoint => $"https://{endpoint}")], arguments.GetValue(image)!, state.Distribution.Id == "openshift"));
            return ExitCode.Good;
        }, cancellationToken);
    }

    private VerifyRequest Read(ParseResult arguments, List<(string Message, string Hint)> faults)
    {
        string wanted = arguments.GetValue(issuer)!;
        if (IssuerRules.Reject(wanted) is { } rejected)
        {
            faults.Add(($"--issuer: {PrintableText.Quote(wanted)} {rejected.Message}", rejected.Hint));
        }

        string? roll = arguments.GetValue(afterRoll)?.ToUpperInvariant();
        if (roll is not (null or "1" or "2" or "3" or "K1" or "K2" or "K3"))
        {
            faults.Add(($"--after-roll: {PrintableText.Quote(roll)} is not 1, 2, 3, K1, K2 or K3", "give the number of the roll that was finished last"));
        }

        foreach (Option<string> name in (Option<string>[])[space, account])
        {
            string value = arguments.GetValue(name)!;
            if (value.Length is 0 or > 253 || value.AsSpan().IndexOfAnyExcept(nameCharacters) >= 0)
            {
                faults.Add(($"{name.Name}: {PrintableText.Quote(value)} is not a name", "use lower case letters, digits, - and ."));
            }
        }

        if (arguments.GetValue(image) is { } job && (job.Length == 0 || job.Any(c => char.IsControl(c) || char.IsWhiteSpace(c))))
        {
            faults.Add(($"--image: {PrintableText.Quote(job)} is not the name of an image", $"write REGISTRY/{DefaultImage}"));
        }

        string? before = FileText(arguments, tokenBefore, faults)?.Trim();
        CompactToken? token = before is null ? null : CompactToken.Parse(before);
        if (before is not null && token is null)
        {
            faults.Add(("--token-before: the file holds no token", "write it with kubectl create token default --duration 24h > token-before.jwt"));
        }
        else if (token?.Expires is { } expires && expires <= environment.Time.GetUtcNow())
        {
            // Every server rejects it, whatever the issuers are.
            faults.Add(($"--token-before: the token expired at {expires:yyyy-MM-dd HH:mm:ss} UTC", "use one that is still valid; the next roll needs one again"));
        }

        return new VerifyRequest
        {
            Issuer = wanted,
            AfterRoll = roll is ['1' or '2' or '3'] ? roll[0] - '0' : null,
            AfterKeyRoll = roll is ['K', '1' or '2' or '3'] ? roll[1] - '0' : null,
            TokenBefore = before,
            Namespace = arguments.GetValue(space)!,
            ServiceAccount = arguments.GetValue(account)!,
            GatewayStatus = StatusText(arguments, faults),
            GatewayAddress = arguments.GetValue(gatewayStatus) is { } status && GatewayStatusInput.IsUrl(status) ? status : null,
        };
    }

    private string? StatusText(ParseResult arguments, List<(string Message, string Hint)> faults)
    {
        if (arguments.GetValue(gatewayStatus) is not { } status || !GatewayStatusInput.IsUrl(status))
        {
            return FileText(arguments, gatewayStatus, faults);
        }

        if (GatewayStatusInput.Parse(status, out (string Message, string Hint) fault) is null)
        {
            // Without what may be a password in it.
            faults.Add(($"--gateway-status: {PrintableText.Of(ServerAddress.Quote(status))} {fault.Message}", fault.Hint));
        }

        return null;
    }

    private static readonly System.Buffers.SearchValues<char> nameCharacters = System.Buffers.SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789-.");

    // Never its content: a token is a secret.
    private static string? FileText(ParseResult arguments, Option<string?> option, List<(string Message, string Hint)> faults)
    {
        if (arguments.GetValue(option) is not { } path)
        {
            return null;
        }

        try
        {
            FileInfo file = new(path);
            if (file.Exists && file.Length > MaxFileBytes)
            {
                faults.Add(($"{option.Name}: {PrintableText.Of(path)} is larger than {MaxFileBytes / 1024 / 1024} MiB", "give the right file"));
                return null;
            }

            return File.ReadAllText(path, Encoding.UTF8);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException)
        {
            faults.Add(($"{option.Name}: {PrintableText.Of(path)} could not be read", "give a file that exists and that you may read"));
            return null;
        }
    }
}
