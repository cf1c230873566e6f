using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using IssuerGateway.Base;
using IssuerGateway.Edge;
using IssuerGateway.Edge.Watchdog;
using IssuerGateway.Issuers;
using IssuerGateway.Publishing;
using IssuerGateway.Tls.Serving.OpenSsl;
using IssuerGateway.Tls.Sources;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Hosting.Systemd;

namespace IssuerGateway.Cli;

/// <summary><c>issuer-gateway serve</c>: everything is read and validated before a port opens, then the gateway runs until SIGTERM.</summary>
internal static class ServeCommand
{
    public static Command Create(Terminal terminal)
    {
        ConfigurationOptions configuration = new();
        Option<bool> printConfig = new("--print-config") { Description = "Print the settings in force, without secrets, and exit." };
        Command command = new("serve",
            "Publishes the documents of the configured issuers until SIGTERM. SIGHUP fetches at once and rereads files.\n\n"
            + "Example: issuer-gateway serve --config gateway.json\n\n"
            + "Exit codes: 0 stopped by a signal; 2 wrong options or configuration; 3 could not start; 70 out of memory.") { printConfig };
        configuration.AddTo(command);
        command.SetAction((arguments, cancellationToken) =>
        {
            IConfiguration? loaded = configuration.Load(arguments, out IReadOnlyList<SettingError> errors);
            GatewaySettings? settings = loaded is null ? null : GatewaySettings.Read(loaded, out errors, willServe: !arguments.GetValue(printConfig));
            if (settings is not null && arguments.GetValue(printConfig))
            {
                Print(terminal, settings);
                return Task.FromResult(ExitCode.Good);
            }

            if (settings is null || IssuerResolution.Resolve(settings, terminal, out errors) is not { } issuers)
            {
                terminal.Fail(errors);
                return Task.FromResult(ExitCode.Usage);
            }

            return ServeAsync(terminal, settings, issuers, cancellationToken);
        });
        return command;
    }

    private static void Print(Terminal terminal, GatewaySettings settings)
    {
        foreach (string line in settings.EffectiveLines)
        {
            terminal.Print(line);
        }
    }

    // What only the start needed goes back to the system; after that little is allocated, and a collection may be far off.
    private static void ReleaseStartUpMemory() => Task.Run(() =>
    {
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        OpenSslMemory.Trim();
    });

    // Type=notify-reload, sd_notify(3): the reload has begun at this time of CLOCK_MONOTONIC, which Stopwatch reads.
    private static string ReloadText() =>
        string.Create(CultureInfo.InvariantCulture, $"RELOADING=1\nMONOTONIC_USEC={Stopwatch.GetTimestamp() / (Stopwatch.Frequency / 1_000_000)}");

    private static async Task<int> ServeAsync(Terminal terminal, GatewaySettings settings, IReadOnlyList<Issuer> issuers, CancellationToken cancellationToken)
    {
        foreach ((string host, string why) in CertificateHosts.Of(settings.Tls, issuers).Unordered)
        {
            terminal.Warn($"{host}: no certificate is ordered: {why}", "name hosts that the CA of Tls:Acme:Directory can validate in Tls:Acme:ExtraNames; for a private CA set Tls:Acme:CaFile");
        }

        MemoryExhaustion.EndTheProcess();
        OpenSslMemory.UseOneArena();
        OpenSslMemory.ReleaseIdleBuffers();
        EdgeListeners.PreferInlineCompletions();
        using IHost gateway = GatewayHost.Build(settings, issuers, Terminal.OpenOutput(), terminal.IsOutputTerminal);
        gateway.Services.GetRequiredService<IHostApplicationLifetime>().ApplicationStarted.Register(ReleaseStartUpMemory);
        // The first fetch of all issuers at once is what a hub never needs so much memory for again.
        _ = gateway.Services.GetRequiredService<RefreshService>().AllFetched.ContinueWith(_ => ReleaseStartUpMemory(), CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        using PosixSignalRegistration reload = PosixSignalRegistration.Create(PosixSignal.SIGHUP, context =>
        {
            // Without it the default action ends the process.
            context.Cancel = true;
            ISystemdNotifier? systemd = gateway.Services.GetService<ISystemdNotifier>();
            systemd?.Notify(new ServiceState(ReloadText()));
            gateway.Services.GetRequiredService<RefreshService>().RefreshNow();
            gateway.Services.GetRequiredService<ReloadRequest>().Make();
            systemd?.Notify(ServiceState.Ready);
        });
        try
        {
            await gateway.RunAsync(cancellationToken);
            return ExitCode.Good;
        }
        catch (Exception e)
        {
            // The host has been disposed of by now, and its listeners with it.
            foreach ((string message, string hint) in StartFailure.Explain(e, settings))
            {
                terminal.Fail(message, hint);
            }

            return ExitCode.CouldNotRun;
        }
    }
}
