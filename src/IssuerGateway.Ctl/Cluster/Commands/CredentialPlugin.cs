using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using IssuerGateway.Base;
using IssuerGateway.Ctl.Parties;
using IssuerGateway.Kubernetes.Kubeconfigs;
using k8s.KubeConfigModels;

namespace IssuerGateway.Ctl.Cluster.Commands;

/// <summary>Runs credential plugins as kubectl does: each argument as it is written, and a prompt of the plugin is seen by whoever sits there.</summary>
/// <param name="timeout">What is left of <c>--timeout</c>, for all runs together; null for <see cref="Limit"/> each.</param>
internal sealed partial class CredentialPlugin(ProgramEnvironment environment, Func<TimeSpan>? timeout = null) : ICredentialPlugin
{
    /// <summary>kubectl waits for ever. This is enough for a person who signs in with a browser.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromMinutes(5);

    /// <summary>What a plugin wrote before it ended lies in the pipe, so that this is enough to read it.</summary>
    private static readonly TimeSpan ErrorRest = TimeSpan.FromSeconds(1);

    private const int MaxCharacters = 1 << 20;

    private const string Elsewhere = "sign in with kubectl first, so that the plugin has a credential at hand";

    public PluginCredential? Run(ExternalExecution plugin, out PluginFault? fault)
    {
        (PluginCredential? credential, fault) = Run(plugin);
        return credential;
    }

    private (PluginCredential? Credential, PluginFault? Fault) Run(ExternalExecution plugin)
    {
        TimeSpan limit = timeout?.Invoke() ?? Limit;
        if (limit <= TimeSpan.Zero)
        {
            return (null, new PluginFault("--timeout was up before it could run", $"raise --timeout, or {Elsewhere}"));
        }

        if (string.IsNullOrEmpty(plugin.Command))
        {
            return (null, new PluginFault("exec has no command", "give exec the command of the plugin"));
        }

        if ((plugin.EnvironmentVariables ?? []).Any(each => each is null || !each.TryGetValue("name", out string? name) || string.IsNullOrEmpty(name)))
        {
            return (null, new PluginFault("exec has a variable without a name", "give each entry of env in exec a name and a value"));
        }

        if ((plugin.Arguments ?? []).Any(argument => argument is null))
        {
            return (null, new PluginFault("exec has an argument that is null", "write \"\" for an empty argument, or remove it from args of exec"));
        }

        // The system would end the string there, and run another command or the same with other arguments.
        if (VariablesOf(plugin).SelectMany(each => (string[])[each.Name, each.Value]).Concat(plugin.Arguments ?? []).Prepend(plugin.Command).Any(text => text.Contains('\0')))
        {
            return (null, new PluginFault("exec has a zero byte in its command, its arguments or its variables", "remove \\0 from exec of the user in the kubeconfig"));
        }

        (string? file, string? missing) = PluginFile.Find(plugin.Command, environment.Variable("PATH"));
        if (file is null)
        {
            return (null, NotStarted(missing!));
        }

        try
        {
            using Process process = Process.Start(StartOf(plugin, file))!;
            return Finish(plugin, process, limit);
        }
        catch (Win32Exception e)
        {
            // The message names the working directory; that of the code alone is what matters.
            return (null, NotStarted(PrintableText.Of(new Win32Exception(e.NativeErrorCode).Message)));
        }
    }

    private static PluginFault NotStarted(string reason) => new($"it could not be started: {reason}", "install the plugin, or give its path as command of exec");

    private ProcessStartInfo StartOf(ExternalExecution plugin, string file)
    {
        // Where a person can be prompted, the plugin has the terminal, as under kubectl. Elsewhere standard input is not its own:
        // it may be the token of --token -.
        ProcessStartInfo start = new(file, plugin.Arguments ?? [])
        {
            RedirectStandardInput = !environment.IsInteractive,
            RedirectStandardOutput = true,
            RedirectStandardError = !environment.IsInteractive,
        };
        foreach ((string name, string value) in VariablesOf(plugin))
        {
            start.Environment[name] = value;
        }

        start.Environment["KUBERNETES_EXEC_INFO"] = ExecCredential.Request(plugin.ApiVersion ?? "", environment.IsInteractive);
        return start;
    }

    private (PluginCredential? Credential, PluginFault? Fault) Finish(ExternalExecution plugin, Process process, TimeSpan limit)
    {
        if (process.StartInfo.RedirectStandardInput)
        {
            process.StandardInput.Close();
        }

        StringBuilder output = new(), error = new();
        Task outputEnd = ReadAsync(process.StandardOutput, output);
        Task errorEnd = process.StartInfo.RedirectStandardError ? ReadAsync(process.StandardError, error) : Task.CompletedTask;

        // As kubectl: not for the end of standard error, which a program that the plugin leaves running may hold open.
        if (!Task.WaitAll([outputEnd, process.WaitForExitAsync()], limit))
        {
            process.Kill(entireProcessTree: true);
            return (null, new PluginFault(string.Create(CultureInfo.InvariantCulture, $"it did not end within {Math.Max(limit.TotalSeconds, 0.1):0.#} s, and was ended"), timeout is null ? Elsewhere : $"raise --timeout, or {Elsewhere}"));
        }

        (PluginCredential? credential, PluginFault? fault) = ExecCredential.Read(TextOf(output), plugin.ApiVersion ?? "");
        if (process.ExitCode == 0)
        {
            return (credential, fault);
        }

        errorEnd.Wait(ErrorRest);
        string said = CredentialRedaction.Without(SecretText.Hide(LineOf(TextOf(error))), PluginSecrets.Of(VariablesOf(plugin), [.. plugin.Arguments ?? []], TextOf(output)));
        return (null, new PluginFault($"exit code {process.ExitCode}{(said.Length == 0 ? "" : $": {PrintableText.Of(said)}")}"));
    }

    // Warnings come before the error, and advice and usage after it. Where no line names itself an error, the last one tells most:
    // that of a stack trace of Python, or the only one.
    private static string LineOf(string error)
    {
        string[] lines = [.. error.Split('\n').Select(line => line.Trim()).Where(line => line.Length > 0)];
        return lines.FirstOrDefault(line => ErrorLine().IsMatch(line)) ?? lines.LastOrDefault() ?? "";
    }

    // Read to the end also where it is too much: else the plugin would wait for somebody to read the rest.
    private static async Task ReadAsync(StreamReader reader, StringBuilder text)
    {
        char[] buffer = new char[4096];
        for (int read; (read = await reader.ReadAsync(buffer)) > 0;)
        {
            lock (text)
            {
                text.Append(buffer, 0, Math.Min(read, MaxCharacters - text.Length));
            }
        }
    }

    private static string TextOf(StringBuilder text)
    {
        lock (text)
        {
            return text.ToString();
        }
    }

    // "Error: ...", "ERROR: ..." and a line of klog ("E0102 ...").
    [GeneratedRegex("^(error|fatal|[EF][0-9]{4} )", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex ErrorLine();

    private static IEnumerable<(string Name, string Value)> VariablesOf(ExternalExecution plugin) => (plugin.EnvironmentVariables ?? []).Select(each => (each["name"], each.TryGetValue("value", out string? value) ? value ?? "" : ""));
}
