using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace IssuerGateway.Http;

/// <summary>Registers Kestrel's parts, which are not public, among services of a host without a web application.</summary>
internal sealed class KestrelRegistration(IServiceCollection services) : IWebHostBuilder
{
    public IWebHostBuilder ConfigureServices(Action<IServiceCollection> configureServices)
    {
        configureServices(services);
        return this;
    }

    public IWebHostBuilder ConfigureServices(Action<WebHostBuilderContext, IServiceCollection> configureServices) =>
        ConfigureServices(registered => configureServices(new WebHostBuilderContext(), registered));

    public IWebHostBuilder ConfigureAppConfiguration(Action<WebHostBuilderContext, IConfigurationBuilder> configureDelegate) => throw Nothing();

#pragma warning disable ASPDEPR008 // A member of the interface.
    public IWebHost Build() => throw Nothing();
#pragma warning restore ASPDEPR008

    public string? GetSetting(string key) => null;

    public IWebHostBuilder UseSetting(string key, string? value) => throw Nothing();

    private static NotSupportedException Nothing() => new("services are registered here, and nothing else");
}
