using System.CommandLine;
using System.Net;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using IssuerGateway.Base;
using IssuerGateway.Configuration;
using IssuerGateway.Operations;
using Microsoft.Extensions.Configuration;

namespace IssuerGateway.Cli;

/// <summary>A request of a verb to the running gateway of the same configuration, over its operations listener.</summary>
internal sealed class OperationsClient(Terminal terminal, ConfigurationOptions configuration)
{
    /// <summary>How long the answer may take.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Status and body; on a fault, which has been printed by then, the exit code.</summary>
    public async Task<(HttpStatusCode? Status, string Body, int ExitCode)> AskAsync(ParseResult arguments, HttpMethod method, string path, CancellationToken cancellationToken)
    {
        if (configuration.Load(arguments, out IReadOnlyList<SettingError> errors) is not { } loaded)
        {
            terminal.Fail(errors);
            return (null, "", ExitCode.Usage);
        }

        Uri uri = AddressOf(OperationsSettings.Read(new SettingsReader(loaded).Section("Operations")), path);
        using HttpMessageInvoker http = new(new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false });
        using CancellationTokenSource deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(Patience);
        try
        {
            using HttpRequestMessage request = new(method, uri);
            using HttpResponseMessage answer = await http.SendAsync(request, deadline.Token);
            return (answer.StatusCode, await answer.Content.ReadAsStringAsync(deadline.Token), ExitCode.Good);
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException)
        {
            terminal.Fail($"{uri}: no answer", "is the gateway running, and are Operations:Address and Operations:Port those of its configuration?");
            return (null, "", ExitCode.CouldNotRun);
        }
    }

    /// <summary>The answer as a gateway writes it; null when something else has answered, which has been printed by then.</summary>
    public T? Read<T>(string body, JsonTypeInfo<T> type)
        where T : class
    {
        try
        {
            if (JsonSerializer.Deserialize(body, type) is { } answer)
            {
                return answer;
            }
        }
        catch (JsonException)
        {
            // As null.
        }

        terminal.Fail("the operations listener: found an answer that is no gateway's, expected that of a gateway of this version", "are Operations:Address and Operations:Port those of its configuration, and is the gateway this binary?");
        return null;
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
