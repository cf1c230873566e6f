using System.Diagnostics;
using IssuerGateway.Base;

namespace IssuerGateway.EndToEnd.Kit;

/// <summary>What a command of the tools ended with.</summary>
internal sealed record Command(int ExitCode, string Output, string Error)
{
    /// <summary>Everything said, for a failed assertion to show.</summary>
    public string Transcript => $"exit code {ExitCode}\n{Output}{Error}";

    public static Command Run(string program, params IEnumerable<string> arguments) => RunIn(KitFolder.Root, program, arguments);

    public static Command RunIn(string directory, string program, params IEnumerable<string> arguments)
    {
        ProcessStartInfo start = new(program, arguments)
        {
            WorkingDirectory = directory,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };

        // What a developer's own set-up of Helm holds has no say here.
        foreach (string variable in (string[])["HELM_CACHE_HOME", "HELM_CONFIG_HOME", "HELM_DATA_HOME"])
        {
            start.Environment[variable] = Path.Combine(KitFolder.Tools, "helm-home");
        }

        start.Environment["KUBECONFIG"] = "/dev/null";
        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        Task<string> error = process.StandardError.ReadToEndAsync();
        process.WaitForExit();
        return new Command(process.ExitCode, output.Result, error.Result);
    }
}
