using IssuerGateway.Configuration;
using Serilog.Events;

namespace IssuerGateway.Operations;

/// <summary>How log lines look.</summary>
internal enum LogFormat
{
    /// <summary>Text on a terminal, JSON elsewhere.</summary>
    Auto,

    /// <summary>One line a person can read.</summary>
    Text,

    /// <summary>Compact JSON, one object a line (CLEF).</summary>
    Json,
}

/// <summary>What is logged, and how.</summary>
internal sealed record LogSettings
{
    /// <summary><c>Log:Level</c>: the minimum level, Verbose to Fatal, default Information.</summary>
    public required LogEventLevel Level { get; init; }

    /// <summary><c>Log:Format</c>: Text, Json or Auto (default): text when standard output is a terminal, JSON elsewhere.</summary>
    public required LogFormat Format { get; init; }

    public static LogSettings Read(SettingsReader reader) => new()
    {
        Level = reader.Choice("Level", LogEventLevel.Information),
        Format = reader.Choice("Format", LogFormat.Auto),
    };

    public bool IsText(bool isTerminal) => Format == LogFormat.Text || (Format == LogFormat.Auto && isTerminal);
}
