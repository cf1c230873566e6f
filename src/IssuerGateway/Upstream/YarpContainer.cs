using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Yarp.ReverseProxy.Configuration;
using Yarp.ReverseProxy.Forwarder;
using Yarp.ReverseProxy.Health;
using Yarp.ReverseProxy;

namespace IssuerGateway.Upstream;

/// <summary>
/// YARP in a container of its own. In the web application it would bring routing ahead of the edge, authorization, and
/// a data protection key in $HOME; here only its clusters load and its probes run.
/// </summary>
internal sealed class YarpContainer : IAsyncDisposable
{
    private readonly ServiceProvider services;

    public YarpContainer(IProxyConfigProvider provider, IForwarderHttpClientFactory factory, TimeProvider time, ILoggerFactory loggerFactory)
    {
        ServiceCollection collection = new();
        collection.AddLogging();
        collection.AddSingleton<ILoggerFactory>(new DebugLoggerFactory(loggerFactory));
        collection.AddSingleton(time);
        collection.AddSingleton(provider);
        collection.AddSingleton(factory);
        collection.AddReverseProxy();

        // YARP's default makes $HOME/.aspnet for keys that nothing here uses.
        collection.AddSingleton<IDataProtectionProvider, EphemeralDataProtectionProvider>();
        services = collection.BuildServiceProvider();

        // Without this no cluster loads and no probe runs. There are no routes, so the pipeline stays empty.
        new Endpoints(services).MapReverseProxy(_ => { });
        Lookup = services.GetRequiredService<IProxyStateLookup>();
        Updater = services.GetRequiredService<IDestinationHealthUpdater>();
    }

    public IProxyStateLookup Lookup { get; }

    public IDestinationHealthUpdater Updater { get; }

    public ValueTask DisposeAsync() => services.DisposeAsync();

    private sealed class Endpoints(IServiceProvider services) : IEndpointRouteBuilder
    {
        public IServiceProvider ServiceProvider => services;

        public ICollection<EndpointDataSource> DataSources { get; } = [];

        public IApplicationBuilder CreateApplicationBuilder() => new ApplicationBuilder(services);
    }
}
