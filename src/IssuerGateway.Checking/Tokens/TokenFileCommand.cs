using IssuerGateway.Checking.Reports;

namespace IssuerGateway.Checking.Tokens;

/// <summary>Commands that make a token file of the file that was named. Of standard input, the filter that belongs into the pipe.</summary>
internal sealed record TokenFileCommand(string Name)
{
    public const string StandardInput = "standard input";

    /// <summary>How a token of a cluster is made.</summary>
    public const string Create = "kubectl create token SERVICEACCOUNT --namespace NAMESPACE --audience AUDIENCE";

    private bool IsPipe => Name == StandardInput;

    private string File => IsPipe ? "FILE" : ShellText.File(Name);

    // A shell empties the target before the command reads the source.
    private string Target => Path.GetFileName(Name) == "token.jwt" ? "token" : "token.jwt";

    /// <summary>Programs, each of which reads what the one before it writes. The last one writes the token without a newline, which not everybody cuts off.</summary>
    public string Filter(params string[] programs) =>
        IsPipe ? $"pipe it through {string.Join(" | ", programs)}" : $"{programs[0]} < {File}{string.Concat(programs.Skip(1).Select(program => $" | {program}"))} > {Target}";

    /// <summary>The same in PowerShell, which reads byte order marks and decodes what it reads; null where the name would need more than quotes.</summary>
    /// <param name="encoding">The option for a file that has no mark.</param>
    public string? PowerShell(string encoding) => IsPipe || !Name.All(c => char.IsLetterOrDigit(c) || " -_./\\:+,=@~".Contains(c, StringComparison.Ordinal)) ? null
        : $"[IO.File]::WriteAllText(\"$PWD/{Target}\", (Get-Content -Raw{encoding} -LiteralPath '{Name}').Trim())";

    public string Jq(string path) => Filter($"jq -j {ShellText.Quote(path)}");

    /// <summary>The token of the current context of a kubeconfig.</summary>
    public string Kubeconfig() => $"{(IsPipe ? "write it to a file, then: " : "")}kubectl config view --raw --minify --kubeconfig {File} -o jsonpath='{{.users[0].user.token}}' > {Target}";

    /// <summary>A token of the cluster of a kubeconfig that has none.</summary>
    public string CreateBy() => IsPipe ? Create : Create.Replace("kubectl ", $"kubectl --kubeconfig {File} ", StringComparison.Ordinal);
}
