using IssuerGateway.Tests;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace IssuerGateway.EndToEnd.SignIn;

/// <summary>An application that shows who it thinks has come: each header by which it could be recognized, a line each.</summary>
internal sealed class HeaderApp : IAsyncDisposable
{
    private readonly WebApplication app;

    private HeaderApp()
    {
        app = LoopbackApp.Build();
        app.Run(context => context.Response.WriteAsync($"reached {context.Request.Path}\n" + string.Concat(context.Request.Headers
            .Where(header => header.Key.StartsWith("X", StringComparison.OrdinalIgnoreCase) && header.Key.Length > 2)
            .OrderBy(header => header.Key, StringComparer.OrdinalIgnoreCase)
            .Select(header => $"{header.Key}: {header.Value}\n"))));
    }

    public int Port { get; private set; }

    public static async Task<HeaderApp> StartAsync()
    {
        HeaderApp started = new();
        await started.app.StartAsync();
        started.Port = started.app.Port();
        return started;
    }

    public ValueTask DisposeAsync() => app.DisposeAsync();
}
