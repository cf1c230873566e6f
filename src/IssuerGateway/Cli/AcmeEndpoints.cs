using System.Globalization;
using System.Text.Json;
using IssuerGateway.Cli.RunningGateway;
using IssuerGateway.Operations;
using IssuerGateway.Tls.Issuance;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace IssuerGateway.Cli;

/// <summary>The commands <c>renew</c>, <c>revoke</c> and <c>rollover</c> as the running gateway takes them, within limits that keep those of the CA.</summary>
internal sealed class AcmeEndpoints(IServiceProvider provider, TimeProvider time)
{
    private readonly ForcedOrderLimit limit = new(time);

    public OperationsEndpoint Renew => new("POST", "/renew", context => RespondAsync(context, RenewAsync(Value(context, "host"), context.RequestAborted)));

    public OperationsEndpoint Revoke => new("POST", "/revoke", context =>
        RespondAsync(context, RevokeAsync(Value(context, "host"), Value(context, "reason"), context.RequestAborted)));

    public OperationsEndpoint Rollover => new("POST", "/rollover", context => RespondAsync(context, Commands.RolloverAsync(context.RequestAborted)));

    // Resolved at the request: the service itself is made later than these endpoints.
    private AcmeCommands Commands => provider.GetRequiredService<AcmeCommands>();

    private static string Value(HttpContext context, string name) => context.Request.Query[name].ToString();

    private Task<CommandResult> RenewAsync(string host, CancellationToken cancellationToken) =>
        LimitedAsync(host, ForcedOrderLimit.Renewals, "the schedule renews by itself", () => Commands.RenewAsync(host, cancellationToken));

    // A key may leak twice in an hour, and a certificate that was just renewed may have to be revoked.
    private Task<CommandResult> RevokeAsync(string host, string reason, CancellationToken cancellationToken) =>
        LimitedAsync(host, ForcedOrderLimit.Revocations, "in an emergency revoke it at the CA, for example with certbot and the key of the certificate", () => Commands.RevokeAsync(host, reason, cancellationToken));

    private async Task<CommandResult> LimitedAsync(string host, int allowed, string otherwise, Func<Task<CommandResult>> command)
    {
        if (limit.NextAllowed(host, allowed) is { } next)
        {
            return new CommandResult(false, $"{host}: orders on request are limited, because the CA limits them too",
                string.Create(CultureInfo.InvariantCulture, $"try again at {next.UtcDateTime:yyyy-MM-dd HH:mm'Z'}; {otherwise}"));
        }

        CommandResult result = await command();
        if (result.IsOrder)
        {
            limit.Record(host, result.IsDone);
        }

        return result;
    }

    private static async Task RespondAsync(HttpContext context, Task<CommandResult> command)
    {
        CommandResult result = await command;
        context.Response.ContentType = "application/json";
        await JsonSerializer.SerializeAsync(
            context.Response.Body, new CommandOutcome(result.IsDone, result.Message, result.Hint), StatusJson.Default.CommandOutcome, context.RequestAborted);
    }
}
