using System.Globalization;
using System.Text;
using IssuerGateway.Base;
using Serilog.Events;
using Serilog.Formatting;

namespace IssuerGateway.Operations;

/// <summary>
/// Log lines for a person: time in UTC, level, message, and an exception below it, indented. Whatever a server or a client
/// sent cannot steer the terminal or begin a line of its own.
/// </summary>
internal sealed class TextLogFormatter : ITextFormatter
{
    public void Format(LogEvent logEvent, TextWriter output)
    {
        output.Write(logEvent.Timestamp.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture));
        output.Write(' ');
        output.Write(NameOf(logEvent.Level));
        output.Write(' ');
        WriteLine(MessageOf(logEvent), output);
        foreach (string line in logEvent.Exception?.ToString().Split('\n') ?? [])
        {
            output.Write("    ");
            WriteLine(line.TrimEnd('\r'), output);
        }
    }

    private static string NameOf(LogEventLevel level) => level switch
    {
        LogEventLevel.Verbose => "trace",
        LogEventLevel.Debug => "debug",
        LogEventLevel.Information => "info ",
        LogEventLevel.Warning => "warn ",
        LogEventLevel.Error => "error",
        _ => "fatal",
    };

    // As MessageTemplate.Render, but without quotes around strings.
    private static string MessageOf(LogEvent logEvent)
    {
        using StringWriter text = new(CultureInfo.InvariantCulture);
        foreach (Serilog.Parsing.MessageTemplateToken token in logEvent.MessageTemplate.Tokens)
        {
            if (token is Serilog.Parsing.PropertyToken property && logEvent.Properties.TryGetValue(property.PropertyName, out LogEventPropertyValue? value))
            {
                value.Render(text, value is ScalarValue { Value: string } ? "l" : property.Format, CultureInfo.InvariantCulture);
            }
            else
            {
                token.Render(logEvent.Properties, text, CultureInfo.InvariantCulture);
            }
        }

        return text.ToString();
    }

    private static void WriteLine(string text, TextWriter output)
    {
        foreach (Rune rune in text.EnumerateRunes())
        {
            if (TerminalText.IsPrintable(rune))
            {
                output.Write(rune.ToString());
            }
            else
            {
                output.Write(string.Create(CultureInfo.InvariantCulture, $"\\u{{{rune.Value:x}}}"));
            }
        }

        output.Write('\n');
    }
}
