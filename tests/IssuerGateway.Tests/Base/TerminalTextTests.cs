using IssuerGateway.Base;

namespace IssuerGateway.Tests.Base;

/// <summary>No text of others controls a terminal or forges a line, whoever prints it.</summary>
public sealed class TerminalTextTests
{
    [Theory]
    [InlineData("kid \"a\"  published since 2026-01-01", "kid \"a\"  published since 2026-01-01")]
    [InlineData("a\nsafe to sign with", "a?safe to sign with")]
    [InlineData("a\r\nb", "a??b")]
    [InlineData("\u001b[2J\u001b]0;title\u0007", "?[2J?]0;title?")]
    [InlineData("a\u009b31mb", "a?31mb")]
    [InlineData("a\bb\u007f", "a?b?")]
    [InlineData("\u202ekcab", "?kcab")]
    [InlineData("a\u200bb\ufeffc", "a?b?c")]
    [InlineData("a\u2028b\u2029c\u0085d", "a?b?c?d")]
    [InlineData("Zürich ✓ 日本 🙂", "Zürich ✓ 日本 🙂")]
    public void Prints_one_line_of_printable_text(string text, string printed)
    {
        StringWriter output = new();
        StringWriter error = new();
        Terminal terminal = new(output, error, hasColor: true);

        terminal.Print(text);
        terminal.Fail(text, text);
        terminal.Warn(text, text);

        Assert.Equal(printed + "\n", output.ToString());
        Assert.Equal($"issuer-gateway: error: {printed}\nissuer-gateway: hint: {printed}\nissuer-gateway: warning: {printed}\nissuer-gateway: hint: {printed}\n", error.ToString());
    }

    [Theory]
    [InlineData("✗ broken", "\u001b[31m✗\u001b[0m broken")]
    [InlineData("  ✓ good", "  \u001b[32m✓\u001b[0m good")]
    [InlineData("plain \u001b[31m", "plain ?[31m")]
    public void Colors_a_leading_mark_and_nothing_else(string line, string printed)
    {
        StringWriter output = new();
        new Terminal(output, TextWriter.Null, hasColor: true).PrintMarked(line);
        Assert.Equal(printed + "\n", output.ToString());

        StringWriter plain = new();
        new Terminal(plain, TextWriter.Null).PrintMarked("✗ broken");
        Assert.Equal("✗ broken\n", plain.ToString());
    }

    [Fact]
    public void Keeps_the_lines_of_a_text()
    {
        StringWriter output = new();

        new Terminal(output, TextWriter.Null).PrintText("{\n  \"a\": 1\u001b\n}");

        Assert.Equal("{\n  \"a\": 1?\n}\n", output.ToString());
    }

    /// <summary>A service must start although its terminal is stopped, and only the console's own writer knows the code page of Windows.</summary>
    [Theory]
    [InlineData(false, false, false, true)]
    [InlineData(false, true, false, false)]
    [InlineData(false, true, true, true)]
    [InlineData(true, false, true, false)]
    [InlineData(true, true, false, false)]
    public void The_console_writes_what_a_person_reads_and_all_of_it_on_Windows(bool isService, bool isRedirected, bool isWindows, bool expected) =>
        Assert.Equal(expected, Terminal.UsesConsoleWriter(isService, isRedirected, isWindows));
}
