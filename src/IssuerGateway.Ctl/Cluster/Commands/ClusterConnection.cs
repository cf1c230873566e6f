using System.CommandLine;
using IssuerGateway.Base;
using IssuerGateway.Ctl.Cluster.Inspection;
using IssuerGateway.Kubernetes;

namespace IssuerGateway.Ctl.Cluster.Commands;

/// <summary>The options that all three verbs share: how to reach the cluster, and each of its servers.</summary>
internal sealed class ClusterConnection(ProgramEnvironment environment)
{
    /// <summary>In every serving certificate of every distribution, whatever address is used.</summary>
    private const string ServiceName = "kubernetes.default.svc";

    private readonly Option<string?> kubeconfig = new("--kubeconfig")
    {
        Description = "The kubeconfig. Default: as kubectl (KUBECONFIG, then ~/.kube/config); inside a pod its service account.",
        HelpName = "FILE",
    };

    private readonly Option<string?> context = new("--context") { Description = "The context of the kubeconfig. Default: its current one.", HelpName = "NAME" };

    private readonly Option<string?> user = new("--as") { Description = "The user to impersonate, as kubectl --as. Default: that of the kubeconfig, or nobody.", HelpName = "USER" };

    private readonly Option<string[]> group = new("--as-group") { Description = "A group to impersonate; give it once for each. Needs --as.", HelpName = "GROUP", AllowMultipleArgumentsPerToken = false };

    private readonly Option<string[]> server = new("--server")
    {
        Description = "The address of one API server, such as https://192.0.2.11:6443; give it once for each, so that every server is read. Default: the server of the kubeconfig.",
        HelpName = "URL",
        AllowMultipleArgumentsPerToken = false,
    };

    private readonly Option<string?> serverName = new("--tls-server-name")
    {
        Description = $"The name to expect in the certificate of each --server, which must be given. Default: {ServiceName} for an IP address, else its host.",
        HelpName = "NAME",
    };

    private readonly Option<string> output = new("--output", "-o") { Description = "text, json or markdown.", HelpName = "FORMAT", DefaultValueFactory = _ => "text" };

    public void AddTo(Command command)
    {
        command.Options.Add(kubeconfig);
        command.Options.Add(context);
        command.Options.Add(user);
        command.Options.Add(group);
        command.Options.Add(server);
        command.Options.Add(serverName);
        command.Options.Add(output);
    }

    public IReadOnlyList<string> ServersOf(ParseResult arguments) => arguments.GetValue(server) ?? [];

    public string OutputOf(ParseResult arguments) => arguments.GetValue(output) ?? "text";

    /// <summary>What is wrong with these options.</summary>
    public IEnumerable<(string Message, string Hint)> Faults(ParseResult arguments)
    {
        if (OutputOf(arguments) is not ("text" or "json" or "markdown"))
        {
            yield return ($"--output: {PrintableText.Quote(OutputOf(arguments))} is not a format", "use text, json or markdown");
        }

        if (arguments.GetValue(user) is null && arguments.GetValue(group) is { Length: > 0 })
        {
            yield return ("--as-group: needs --as", "name the user too: --as USER --as-group GROUP");
        }

        if (arguments.GetValue(serverName) is not null && ServersOf(arguments).Count == 0)
        {
            yield return ("--tls-server-name: needs --server", "name the API server too: --server URL --tls-server-name NAME; that of the kubeconfig has tls-server-name there");
        }

        foreach (string address in ServersOf(arguments))
        {
            if (!ServerAddress.TryParse(address, out _, out string hint))
            {
                yield return ($"--server: {PrintableText.Of(ServerAddress.Quote(address))} is not {ServerAddress.Expected}", hint);
            }
        }
    }

    /// <summary>Connects and runs; reports what is wrong and returns the exit code where that is not possible.</summary>
    public async Task<int> RunAsync(ParseResult arguments, Func<IApiReader, IReadOnlyList<IApiReader>, Task<int>> run, CancellationToken cancellationToken)
    {
        Impersonation? impersonation = arguments.GetValue(user) is { } name ? new Impersonation(name) { Groups = arguments.GetValue(group) ?? [] } : null;
        AccessReading reading = ClusterAccess.Open(environment, arguments.GetValue(kubeconfig), arguments.GetValue(context), impersonation).Read();

        // Without its token every request would end with the same fault, about a file that is named here.
        IReadOnlyList<AccessFault> faults = reading.Access?.Token?.Read().Fault is { } missing ? [missing] : reading.Faults;
        if (reading.Access is not { } access || faults.Count > 0)
        {
            foreach (AccessFault fault in faults)
            {
                // The hints of the gateway name its configuration keys, which this program does not have.
                bool isOurs = !fault.Hint.Contains("Upstream:", StringComparison.Ordinal) && !fault.Hint.Contains("the gateway ", StringComparison.Ordinal);
                environment.Terminal.Fail($"{(fault.Message.StartsWith(ClusterAccess.Variable, StringComparison.Ordinal) ? "" : "--kubeconfig: ")}{fault.Message}", isOurs ? fault.Hint : "name a kubeconfig with --kubeconfig or KUBECONFIG, and its context with --context");
            }

            return ExitCode.Usage;
        }

        using ApiServerReader api = new(access, access.Servers[0], access.ServerName);
        List<ApiServerReader> servers = [];
        try
        {
            foreach (string address in ServersOf(arguments).Distinct())
            {
                if (!ServerAddress.TryParse(address, out Uri uri, out string hint))
                {
                    throw new InvalidOperationException($"the options were not validated: {hint}");
                }

                servers.Add(new ApiServerReader(access, uri, arguments.GetValue(serverName) ?? access.ServerName ?? (ServerAddress.IsAddress(uri.IdnHost.Trim('[', ']')) ? ServiceName : null)));
            }

            ApiResponse first = await api.GetAsync("/version", cancellationToken);
            if (first.Status is 0 or 401)
            {
                environment.Terminal.Fail($"{api.Server}: {first.Reason}", first.Status == 401 ? "sign in again, or give another --context" : "check that the API server runs and can be reached from here: its address is server of the cluster in the kubeconfig (--kubeconfig, --context)");
                return ExitCode.CouldNotRun;
            }

            return await run(api, servers);
        }
        finally
        {
            servers.ForEach(each => each.Dispose());
        }
    }
}
