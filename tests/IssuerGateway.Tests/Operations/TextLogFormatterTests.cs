using IssuerGateway.Operations;
using Serilog.Events;
using Serilog.Parsing;

namespace IssuerGateway.Tests.Operations;

public sealed class TextLogFormatterTests
{
    [Fact]
    public void Is_one_line_that_a_person_can_read() => Assert.Equal(
        "2026-11-28 18:06:08Z warn  Finding key-missing of issuer https://oidc.example.com\n",
        Format("Finding {Rule} of issuer {Issuer}", ("Rule", "key-missing"), ("Issuer", "https://oidc.example.com")));

    [Theory]
    [InlineData("\u001b[2J", @"\u{1b}[2J")]
    [InlineData("a\nINF safe to sign with", @"a\u{a}INF safe to sign with")]
    [InlineData("a\r\u0085\u2028\u2029", @"a\u{d}\u{85}\u{2028}\u{2029}")]
    [InlineData("\u202egpj.exe\u200b", @"\u{202e}gpj.exe\u{200b}")]
    [InlineData("Schlüssel 鍵", "Schlüssel 鍵")]
    public void No_value_can_steer_the_terminal_or_forge_a_line(string kid, string shown) =>
        Assert.Equal($"2026-11-28 18:06:08Z warn  Key {shown}\n", Format("Key {KeyId}", ("KeyId", kid)));

    [Fact]
    public void An_exception_stands_indented_below_its_line()
    {
        using StringWriter output = new();
        new TextLogFormatter().Format(Event("Failed", new InvalidOperationException("one\ntwo\u001b[0m")), output);

        Assert.Equal("2026-11-28 18:06:08Z warn  Failed\n    System.InvalidOperationException: one\n    two\\u{1b}[0m\n", output.ToString());
    }

    [Theory]
    [InlineData(LogFormat.Auto, true, true)]
    [InlineData(LogFormat.Auto, false, false)]
    [InlineData(LogFormat.Text, false, true)]
    [InlineData(LogFormat.Json, true, false)]
    public void Is_chosen_by_the_setting_and_else_by_where_the_log_goes(object format, bool isTerminal, bool isText) =>
        Assert.Equal(isText, new LogSettings { Level = LogEventLevel.Information, Format = (LogFormat)format }.IsText(isTerminal));

    private static string Format(string template, params (string Name, string Value)[] values)
    {
        using StringWriter output = new();
        new TextLogFormatter().Format(Event(template, null, values), output);
        return output.ToString();
    }

    private static LogEvent Event(string template, Exception? exception, params (string Name, string Value)[] values) => new(
        new DateTimeOffset(2026, 11, 28, 19, 6, 8, TimeSpan.FromHours(1)), LogEventLevel.Warning, exception, new MessageTemplateParser().Parse(template),
        values.Select(value => new LogEventProperty(value.Name, new ScalarValue(value.Value))));
}
