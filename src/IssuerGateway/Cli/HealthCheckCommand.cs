using System.CommandLine;
using System.Net;
using IssuerGateway.Operations;
using IssuerGateway.Settings;
using Microsoft.Extensions.Configuration;

namespace IssuerGateway.Cli;

/// <summary><c>issuer-gateway healthcheck</c>: asks the operations listener, for containers without a shell.</summary>
internal static class HealthCheckCommand
{
    private static readonly TimeSpan patience = TimeSpan.FromSeconds(5);

    public static Command Create(Terminal terminal)
    {
        ConfigurationOptions configuration = new();
        Option<bool> live = new("--live") { Description = "ask /livez instead of /readyz" };
        Command command = new("healthcheck", "Exit with 0 when the gateway of this configuration is ready, with 1 when it is not.") { live };
        configuration.AddTo(command);
        command.SetAction((arguments, cancellationToken) =>
        {
            if (configuration.Load(arguments, out IReadOnlyList<SettingError> errors) is not { } loaded)
            {
                terminal.Fail(errors);
                return Task.FromResult(ExitCode.Usage);
            }

            OperationsSettings operations = OperationsSettings.Read(new SettingsReader(loaded).Section("Operations"));
            return AskAsync(terminal, AddressOf(operations, arguments.GetValue(live) ? "/livez" : "/readyz"), cancellationToken);
        });
        return command;
    }

    private static async Task<int> AskAsync(Terminal terminal, Uri uri, CancellationToken cancellationToken)
    {
        using HttpMessageInvoker http = new(new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false });
        using CancellationTokenSource deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(patience);
        try
        {
            using HttpResponseMessage answer = await http.SendAsync(new HttpRequestMessage(HttpMethod.Get, uri), deadline.Token);
            terminal.Print((await answer.Content.ReadAsStringAsync(deadline.Token)).TrimEnd());
            return answer.IsSuccessStatusCode ? ExitCode.Good : ExitCode.Findings;
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException)
        {
            terminal.Fail($"{uri}: no answer", "is the gateway running, and are Operations:Address and Operations:Port those of its configuration?");
            return ExitCode.Findings;
        }
    }

    // A listener on every address is reached over loopback.
    private static Uri AddressOf(OperationsSettings operations, string path)
    {
        IPAddress address = operations.Address.Equals(IPAddress.Any) ? IPAddress.Loopback
            : operations.Address.Equals(IPAddress.IPv6Any) ? IPAddress.IPv6Loopback
            : operations.Address;
        return new Uri($"http://{new IPEndPoint(address, operations.Port)}{path}");
    }
}
