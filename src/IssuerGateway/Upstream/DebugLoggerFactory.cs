using Microsoft.Extensions.Logging;

namespace IssuerGateway.Upstream;

/// <summary>YARP reports each change of health as a warning of its own; here that is detail, the publisher says what matters.</summary>
internal sealed class DebugLoggerFactory(ILoggerFactory inner) : ILoggerFactory
{
    public void AddProvider(ILoggerProvider provider) => inner.AddProvider(provider);

    public ILogger CreateLogger(string categoryName) => new DebugLogger(inner.CreateLogger(categoryName));

    // The inner one belongs to the host.
    public void Dispose()
    {
    }

    private sealed class DebugLogger(ILogger inner) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => inner.BeginScope(state);

        public bool IsEnabled(LogLevel logLevel) => inner.IsEnabled(Lower(logLevel));

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            inner.Log(Lower(logLevel), eventId, state, exception, formatter);

        private static LogLevel Lower(LogLevel level) => level is LogLevel.None or LogLevel.Trace ? level : LogLevel.Debug;
    }
}
