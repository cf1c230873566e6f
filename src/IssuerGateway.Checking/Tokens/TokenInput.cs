using System.Text;
using IssuerGateway.Base;
using IssuerGateway.Checking.Reports;

namespace IssuerGateway.Checking.Tokens;

/// <summary>A token as given, and where from. The text is never printed.</summary>
public sealed record TokenInput
{
    private const int MaxBytes = 64 * 1024;
    private const int MaxFileBytes = 2 * 1024 * 1024;

    /// <summary>What a volume of Kubernetes calls the file of a token.</summary>
    private static readonly string[] usual = ["token", "azure-identity-token"];

    /// <summary>The file, or <c>standard input</c>.</summary>
    public required string Name { get; init; }

    public required string Text { get; init; }

    /// <summary>What the file has around the token, which this program ignores and others do not; null for nothing.</summary>
    public string? Surplus { get; init; }

    /// <summary>The token in the bytes of a file, or the cause for which there is none; never any of its text.</summary>
    /// <param name="name">The file, which commands name.</param>
    public static (TokenInput? Token, string? Cause, string? Fix) Read(string name, ReadOnlySpan<byte> bytes)
    {
        TokenFileCommand command = new(name);
        if (TokenFileBytes.CauseOf(bytes, command) is { } binary)
        {
            return (null, binary.Cause, binary.Fix);
        }

        string all = Encoding.UTF8.GetString(bytes);
        string text = all.Trim();
        return Causes(bytes.Length, text, command) is { } cause
            ? (null, cause.Cause, cause.Fix)
            : (new TokenInput { Name = name, Text = text, Surplus = SurplusOf(all, text) }, null, null);
    }

    private static (string Cause, string Fix)? Causes(int length, string text, TokenFileCommand command) =>
        length == 0 ? ("the file is empty", $"write the token into it: {TokenFileCommand.Create}")
        : text.Length == 0 ? ("the file contains only white space", $"write the token into it: {TokenFileCommand.Create}")
        : length <= MaxBytes ? TokenFileText.CauseIn(text, command)
        : TokenFileText.CauseInObject(text, command) ?? ($"the file has more than {MaxBytes} bytes, and a token has fewer", "name the file of one token");

    /// <summary>The token of a file, or of standard input for <c>-</c>.</summary>
    /// <param name="wait">How long a pipe and standard input have; null for the default.</param>
    public static (TokenInput? Token, string? Cause, string? Fix) Load(string path, TextReader standardInput, TimeSpan? wait = null)
    {
        if (path == "-")
        {
            // A read that waits cannot be canceled; its thread ends with the process.
            TimeSpan limit = wait ?? NamedFile.LongestWait;
            Task<string> reading = Task.Run(() => ReadBounded(standardInput));
            if (Task.WaitAny([reading], limit) != 0)
            {
                return (null, $"{TokenFileCommand.StandardInput} has not ended within {limit.TotalSeconds:0} s", "pipe the token into it, or name the file of the token");
            }

            // Whoever pipes a token in writes no file that somebody else reads.
            (TokenInput? piped, string? cause, string? fix) = Read(TokenFileCommand.StandardInput, Encoding.UTF8.GetBytes(reading.GetAwaiter().GetResult()));
            return (piped is null ? null : piped with { Surplus = null }, cause is null ? null : OfStandardInput(cause), fix);
        }

        return EmptyValue.Is(path) ? (null, EmptyValue.Message, EmptyValue.Hint)
            : LoadFile(path, "--token ", "name the file of the projected token, or - for standard input", "other users of this machine can see command lines: write the token to a file, or pipe it in with --token -", wait);
    }

    /// <summary>The token of a file.</summary>
    /// <param name="setting">What the file is named with: an option or a variable, up to the name.</param>
    /// <param name="hint">The fix where another file was meant.</param>
    /// <param name="hintForToken">The fix for a token in place of the file.</param>
    public static (TokenInput? Token, string? Cause, string? Fix) LoadFile(string path, string setting, string hint, string hintForToken, TimeSpan? wait = null)
    {
        if (TokenShape.InPlaceOfFile(path) is { } mistake)
        {
            return (null, mistake, TokenShape.IsLike(path) ? hintForToken : hint);
        }

        string name = PrintableText.Of(path);
        if (Directory.Exists(path))
        {
            return (null, $"{name} is a folder", usual.Select(file => Path.Combine(path, file)).FirstOrDefault(File.Exists) is { } inside ? $"name the file in it: {setting}{ShellText.File(inside)}" : hint);
        }

        try
        {
            (TokenInput? token, string? cause, string? fix) = Read(path, NamedFile.Read(path, MaxFileBytes, wait));
            return (token, cause is null ? null : $"{name}: {cause}", fix);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return (null, $"{name} does not exist", hint);
        }
        catch (FileTooLargeException)
        {
            return (null, $"{name} is larger than {MaxFileBytes} bytes, and a token has at most {MaxBytes}", hint);
        }
        catch (UnauthorizedAccessException)
        {
            return (null, $"{name} may not be read by this user", $"see who may: ls -l {ShellText.File(path)}");
        }
        catch (Exception e) when (e is IOException or ArgumentException)
        {
            // .NET appends the path, which is named already.
            return (null, $"{name}: {PrintableText.Of(e.Message.Split(" : '")[0])}", hint);
        }
    }

    private static string? SurplusOf(string all, string text) =>
        all.Length == text.Length ? null : all.TrimEnd('\r', '\n').Length == text.Length ? "ends with a newline" : "has white space around the token";

    private static string OfStandardInput(string cause) => cause.StartsWith("the file ", StringComparison.Ordinal) ? $"{TokenFileCommand.StandardInput} {cause["the file ".Length..]}" : $"{TokenFileCommand.StandardInput}: {cause}";

    private static string ReadBounded(TextReader reader)
    {
        char[] buffer = new char[MaxFileBytes];
        return new string(buffer, 0, reader.ReadBlock(buffer, 0, buffer.Length));
    }
}
