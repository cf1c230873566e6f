using IssuerGateway.Cli.Page;
using IssuerGateway.Cli.RunningGateway;
using IssuerGateway.Operations.Page;
using IssuerGateway.Tests;
using IssuerGateway.Tests.Cli.Page;
using Microsoft.AspNetCore.Builder;

namespace IssuerGateway.EndToEnd.Pages;

/// <summary>The page of a given state, with the headers that the gateway sends, at a URL.</summary>
internal sealed class ServedPage : IAsyncDisposable
{
    private readonly WebApplication app;

    private ServedPage(WebApplication app) => this.app = app;

    public string Url => app.Urls.Single();

    public static async Task<ServedPage> StartAsync(StatusDocument status)
    {
        ServedPage page = new(LoopbackApp.Build());
        page.app.Run(context => PageResponse.WriteAsync(context, StatusPage.Of(status, SampleStatus.Now)));
        await page.app.StartAsync();
        return page;
    }

    public async ValueTask DisposeAsync()
    {
        await app.StopAsync();
        await app.DisposeAsync();
    }
}
