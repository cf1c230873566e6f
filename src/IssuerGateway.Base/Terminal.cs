namespace IssuerGateway.Base;

/// <summary>
/// The only place that touches the streams of the process. Results go to standard output, everything else to standard
/// error: lower case, no full stop, and every error is followed by a line with what to do.
/// </summary>
/// <param name="program">Written before each message on standard error, for a program whose log goes there too; absent for none.</param>
public sealed class Terminal(TextWriter output, TextWriter error, bool hasColor = false, string? program = "issuer-gateway")
{
    private readonly string prefix = program is null ? "" : $"{program}: ";

    /// <summary>Whether standard output is a terminal.</summary>
    public bool IsOutputTerminal { get; init; }

    public TextWriter Output => output;

    public TextWriter Error => error;

    public TextReader Input { get => field ??= OpenInput(); init; }

    private Func<TextReader> OpenInput { get; init; } = () => TextReader.Null;

    /// <summary>Whether a person can be prompted and can watch progress.</summary>
    public bool IsInteractive { get; init; }

#pragma warning disable RS0030 // BannedSymbols.txt keeps Console out of everything but this file.
    /// <param name="errorWriter">For a service: writes standard error in another way than the console's own writer.</param>
    public static Terminal OfProcess(string? program, Func<Stream, TextWriter>? errorWriter = null) => new(
        UsesConsoleWriter(isService: errorWriter is not null, Console.IsOutputRedirected, OperatingSystem.IsWindows()) ? Console.Out
            : TextWriter.Synchronized(new StreamWriter(new StandardOutput(OpenOutput())) { AutoFlush = true }),
        errorWriter?.Invoke(Console.OpenStandardError()) ?? Console.Error,
        !Console.IsOutputRedirected && Environment.GetEnvironmentVariable("NO_COLOR") is null, program)
    {
        OpenInput = () => Console.In,
        IsInteractive = !Console.IsInputRedirected && !Console.IsErrorRedirected,
        IsOutputTerminal = !Console.IsOutputRedirected,
    };

    // Console.Out and Console.In first send a terminal its initialization string, and one that is stopped (Ctrl-S, a serial line
    // without a reader) lets them wait for ever: a service would never start. Only the console's own writer knows the code
    // page of Windows.
    internal static bool UsesConsoleWriter(bool isService, bool isRedirected, bool isWindows) => !isService && (!isRedirected || isWindows);

    /// <summary>Standard output as bytes, for the log of a service.</summary>
    public static Stream OpenOutput() => Console.OpenStandardOutput();
#pragma warning restore RS0030

    /// <summary>One line of output: nothing in it can move the cursor, end the line or change colors, wherever the text comes from.</summary>
    public void Print(string line) => output.WriteLine(TerminalText.Line(line));

    /// <summary>A line that may start with a mark (✓ ! ✗ –), which has a color on a terminal.</summary>
    public void PrintMarked(string line) => output.WriteLine(hasColor ? TerminalText.Colored(TerminalText.Line(line)) : TerminalText.Line(line));

    /// <summary>A text of several lines, such as JSON.</summary>
    public void PrintText(string text)
    {
        foreach (string line in text.Split('\n'))
        {
            Print(line);
        }
    }

    public void Fail(string message, string hint) => Write("error", message, hint);

    public void Warn(string message, string hint) => Write("warning", message, hint);

    public void Fail(IEnumerable<SettingError> errors)
    {
        foreach (SettingError each in errors)
        {
            Fail(each.Message, each.Hint);
        }
    }

    private void Write(string level, string message, string hint)
    {
        error.WriteLine(TerminalText.Line(SecretText.Hide($"{prefix}{level}: {message}")));
        error.WriteLine(TerminalText.Line(SecretText.Hide($"{prefix}hint: {hint}")));
    }
}
