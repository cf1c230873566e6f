using System.Net;
using IssuerGateway.Cli.Page;
using IssuerGateway.Cli.RunningGateway;
using IssuerGateway.Operations.Page;
using IssuerGateway.Tests.Cli.Page;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;

namespace IssuerGateway.EndToEnd.Pages;

/// <summary>The page of a given state, with the headers that the gateway sends, at a URL.</summary>
internal sealed class ServedPage : IAsyncDisposable
{
    private readonly WebApplication app;

    private ServedPage(WebApplication app) => this.app = app;

    public string Url => app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();

    public static async Task<ServedPage> StartAsync(StatusDocument status)
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        ServedPage page = new(builder.Build());
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
