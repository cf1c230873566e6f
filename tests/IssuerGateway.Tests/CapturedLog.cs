using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace IssuerGateway.Tests;

/// <summary>Keeps the rendered log lines of a test, level first: <c>Warning: text</c>.</summary>
internal sealed class CapturedLog
{
    private readonly ConcurrentQueue<string> lines = new();

    public IReadOnlyList<string> Lines => [.. lines];

    public ILoggerFactory Factory => new AllCategories(lines);

    public ILogger<T> For<T>() => new Logger<T>(lines);

    public void Clear() => lines.Clear();

    private sealed class Logger<T>(ConcurrentQueue<string> lines) : ILogger<T>
    {
        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            lines.Enqueue($"{logLevel}: {formatter(state, exception)}");
    }

    private sealed class AllCategories(ConcurrentQueue<string> lines) : ILoggerFactory
    {
        public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException();

        public ILogger CreateLogger(string categoryName) => new Logger<object>(lines);

        public void Dispose()
        {
        }
    }
}
