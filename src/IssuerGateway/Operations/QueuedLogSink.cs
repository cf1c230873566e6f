using System.Globalization;
using Prometheus;
using Serilog.Core;
using Serilog.Events;
using Serilog.Formatting;
using Serilog.Parsing;

namespace IssuerGateway.Operations;

/// <summary>
/// Serilog's way into a <see cref="LineQueue"/>: an event is rendered where it happens and written elsewhere. Access lines have
/// a lane of their own, because there may be thousands a second of them. No event holds more text than
/// <see cref="MaxTextLength"/> of one value, whatever a server sent.
/// </summary>
internal sealed class QueuedLogSink : ILogEventSink, IDisposable
{
    /// <summary>Characters of one value in a log line.</summary>
    public const int MaxTextLength = 1024;

    /// <summary>About 1 MiB of waiting text in each lane.</summary>
    private const int LaneCharacters = 512 * 1024;

    private readonly ITextFormatter formatter;
    private readonly string accessCategory;
    private readonly LineLane log;
    private readonly LineLane access;
    private readonly LineQueue queue;

    /// <param name="accessCategory">The source context of access lines.</param>
    public QueuedLogSink(Stream output, ITextFormatter formatter, string accessCategory, IMetricFactory metrics, TimeProvider time)
    {
        this.formatter = formatter;
        this.accessCategory = accessCategory;
        Counter dropped = metrics.CreateCounter("issuer_gateway_log_lines_dropped_total",
            "Log lines dropped because standard output did not take them in time, by queue (log, access).", ["queue"]);
        log = Lane("log", dropped);
        access = Lane("access", dropped);
        queue = new LineQueue(output, [log, access], time);

        LineLane Lane(string name, Counter counter)
        {
            Counter.Child child = counter.WithLabels(name);
            return new LineLane(LaneCharacters, count => child.Inc(count), count => Render(DropNotice(name, count, time)));
        }
    }

    public void Emit(LogEvent logEvent)
    {
        foreach ((string name, LogEventPropertyValue value) in logEvent.Properties)
        {
            // Allowed while enumerating: the key is there already.
            if (value is ScalarValue { Value: string { Length: > MaxTextLength } text })
            {
                logEvent.AddOrUpdateProperty(new LogEventProperty(name, new ScalarValue(Shortened(text))));
            }
            else if (value is ScalarValue { Value: DateTimeOffset time } && !HasFormat(logEvent, name))
            {
                logEvent.AddOrUpdateProperty(new LogEventProperty(name, new ScalarValue(time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture))));
            }
        }

        bool isAccess = logEvent.Properties.TryGetValue(Constants.SourceContextPropertyName, out LogEventPropertyValue? category)
            && category is ScalarValue { Value: string context } && context == accessCategory;
        queue.TryWrite(isAccess ? access : log, Render(logEvent));
    }

    public void Dispose() => queue.Dispose();

    private static bool HasFormat(LogEvent logEvent, string name) =>
        logEvent.MessageTemplate.Tokens.OfType<PropertyToken>().Any(token => token.PropertyName == name && token.Format is not null);

    private static string Shortened(string text) =>
        string.Create(CultureInfo.InvariantCulture, $"{text.AsSpan(0, MaxTextLength)}… ({text.Length} characters)");

    private static LogEvent DropNotice(string queue, long count, TimeProvider time) => new(
        time.GetUtcNow(), LogEventLevel.Warning, exception: null,
        new MessageTemplateParser().Parse("Dropped {Count} lines of the {Queue} queue because standard output did not take them in time"),
        [new LogEventProperty("Count", new ScalarValue(count)), new LogEventProperty("Queue", new ScalarValue(queue))]);

    private string Render(LogEvent logEvent)
    {
        using StringWriter text = new(CultureInfo.InvariantCulture);
        formatter.Format(logEvent, text);
        return text.ToString();
    }
}
