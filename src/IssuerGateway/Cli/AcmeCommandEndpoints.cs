using System.Globalization;
using System.Text.Json;
using IssuerGateway.Operations;
using IssuerGateway.Tls.Issuance;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace IssuerGateway.Cli;

/// <summary>The commands <c>renew</c>, <c>revoke</c> and <c>rollover</c> as the running gateway takes them; orders are limited, because the CA limits them too.</summary>
internal sealed class AcmeCommandEndpoints(IServiceProvider provider, TimeProvider time)
{
    private readonly ForcedOrderLimit limit = new(time);

    public OperationsEndpoint Renew => Endpoint("/renew", (commands, query, token) => OrderAsync(Host(query), () => commands.RenewAsync(Host(query), token)));

    public OperationsEndpoint Revoke => Endpoint("/revoke", (commands, query, token) =>
        OrderAsync(Host(query), () => commands.RevokeAsync(Host(query), query["reason"].ToString(), token)));

    public OperationsEndpoint Rollover => Endpoint("/rollover", (commands, _, token) => commands.RolloverAsync(token));

    private static string Host(IQueryCollection query) => query["host"].ToString();

    // Asked for at the request: the service itself is made later than this endpoint.
    private OperationsEndpoint Endpoint(string path, Func<AcmeCommands, IQueryCollection, CancellationToken, Task<CommandResult>> command) => new("POST", path, async context =>
    {
        CommandResult result = await command(provider.GetRequiredService<AcmeCommands>(), context.Request.Query, context.RequestAborted);
        context.Response.ContentType = "application/json";
        await JsonSerializer.SerializeAsync(
            context.Response.Body, new CommandOutcome(result.IsDone, result.Message, result.Hint), StatusJson.Default.CommandOutcome, context.RequestAborted);
    });

    private async Task<CommandResult> OrderAsync(string host, Func<Task<CommandResult>> order)
    {
        if (limit.NextAllowed(host) is { } next)
        {
            return new CommandResult(false, $"{host}: orders on request are limited, because the CA limits them too",
                string.Create(CultureInfo.InvariantCulture, $"try again at {next.UtcDateTime:yyyy-MM-dd HH:mm'Z'}; the schedule renews by itself"));
        }

        CommandResult result = await order();
        limit.Record(host, result.IsDone);
        return result;
    }
}
