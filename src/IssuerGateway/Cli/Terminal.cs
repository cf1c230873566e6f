using IssuerGateway.Operations;
using IssuerGateway.Settings;

namespace IssuerGateway.Cli;

/// <summary>
/// The only writer of output. Results go to standard output, everything else to standard error: lower case, no full
/// stop, and every error is followed by a line that says what to do.
/// </summary>
internal sealed class Terminal(TextWriter output, TextWriter error, bool hasColour = false)
{
#pragma warning disable RS0030 // The one place that may name the console.
    public static Terminal OfProcess { get; } = new(
        Console.Out, new BoundedErrorWriter(Console.OpenStandardError()), !Console.IsOutputRedirected && Environment.GetEnvironmentVariable("NO_COLOR") is null);

    /// <summary>Standard output as bytes, for the log of <c>serve</c>.</summary>
    public static Stream OpenOutput() => Console.OpenStandardOutput();
#pragma warning restore RS0030

    /// <summary>Whether a person looks at it who has not asked for plain text (https://no-color.org).</summary>
    public bool HasColour => hasColour;

    public void Print(string line) => output.WriteLine(line);

    public void Fail(string message, string hint) => Say("error", message, hint);

    public void Warn(string message, string hint) => Say("warning", message, hint);

    public void Fail(IEnumerable<SettingError> errors)
    {
        foreach (SettingError each in errors)
        {
            Fail($"{each.Key}: found {each.Found}, expected {each.Expected}", each.Hint);
        }
    }

    private void Say(string level, string message, string hint)
    {
        error.WriteLine($"issuer-gateway: {level}: {message}");
        error.WriteLine($"issuer-gateway: hint: {hint}");
    }
}
