using System.Security.Cryptography.X509Certificates;
using IssuerGateway.Acme;
using IssuerGateway.Tls.Issuance.Leadership;
using IssuerGateway.Tls.Issuance.Orders;
using Microsoft.Extensions.Logging;

namespace IssuerGateway.Tls.Issuance;

/// <summary>What operators have the running gateway do: <c>renew</c>, <c>revoke</c>, <c>rollover</c>. Only the replica that leads does it.</summary>
internal sealed class AcmeCommands(IReadOnlyList<HostRenewal> hosts, IssuanceContext context, ILeadership leadership, ILogger<AcmeCommands> logger)
{
    /// <summary>RFC 5280 §5.3.1, those that RFC 8555 §7.6 lets an account give.</summary>
    public static readonly IReadOnlyDictionary<string, int> Reasons = new Dictionary<string, int>
    {
        ["unspecified"] = 0,
        ["keyCompromise"] = 1,
        ["affiliationChanged"] = 3,
        ["superseded"] = 4,
        ["cessationOfOperation"] = 5,
    };

    public bool IsLeading { get; set; }

    /// <summary>An order at once: the only way to force one.</summary>
    public async Task<CommandResult> RenewAsync(string host, CancellationToken cancellationToken) =>
        Find(host, $"renew {host}", out HostRenewal? renewal) ?? await renewal!.RenewNowAsync().WaitAsync(cancellationToken);

    /// <summary>Replaces the certificate served for the host, then revokes the old one: relying parties never see a revoked one served.</summary>
    public async Task<CommandResult> RevokeAsync(string host, string reason, CancellationToken cancellationToken)
    {
        if (!Reasons.TryGetValue(reason, out int code))
        {
            return new CommandResult(false, $"\"{reason}\" is no reason for a revocation", $"give one of {string.Join(", ", Reasons.Keys)}");
        }

        if (Find(host, $"revoke {host}", out HostRenewal? renewal) is { } impossible)
        {
            return impossible;
        }

        if (context.Certificates.In(host) is not { } old)
        {
            return new CommandResult(false, $"{host}: no certificate is served that could be revoked", null);
        }

        CommandResult renewed = await renewal!.RenewNowAsync().WaitAsync(cancellationToken);
        if (!renewed.IsDone || context.Certificates.In(host)?.Thumbprint == old.Thumbprint)
        {
            return renewed with { IsDone = false, Message = $"{renewed.Message}; nothing was revoked, because there is no certificate to serve in its place" };
        }

        AcmeResult<AcmeSession> opened = await context.Accounts.OpenAsync(cancellationToken);
        AcmeProblem? problem = opened.Problem;
        if (opened.IsSuccess)
        {
            using AcmeSession session = opened.Value;
            problem = await session.Client.RevokeAsync(old.Chain[0], code, cancellationToken);
        }

        if (problem is not null)
        {
            return new CommandResult(false, $"{host}: a new certificate is served, but the old one could not be revoked: {problem}", AcmeHints.For(problem, host, context.Settings)) { IsOrder = true };
        }

        string serial = old.Chain[0].SerialNumber;
        logger.LogWarning("The certificate of {Host} with serial number {Serial} was revoked by an operator, reason {Reason}", host, serial, reason);
        return new CommandResult(true, $"{host}: the certificate with serial number {serial} is revoked, and a new one is served", null) { IsOrder = true };
    }

    /// <summary>Replaces the key of the account at the CA (RFC 8555 §7.3.5).</summary>
    public async Task<CommandResult> RolloverAsync(CancellationToken cancellationToken)
    {
        if (!IsLeading)
        {
            return NotLeading("the account", "rollover");
        }

        return await context.Accounts.RolloverAsync(cancellationToken) is { } problem
            ? new CommandResult(false, $"the key of the account could not be replaced: {problem}", AcmeHints.For(problem, context.Settings.Directory.Host, context.Settings))
            : new CommandResult(true, "the account has a new key; the old one is worth nothing any more", null);
    }

    private CommandResult? Find(string host, string command, out HostRenewal? renewal)
    {
        renewal = hosts.FirstOrDefault(each => each.Host == host);
        return renewal is null ? new CommandResult(false, $"{host}: no certificate is ordered for this host", $"the hosts are {string.Join(", ", hosts.Select(each => each.Host))}")
            : IsLeading ? null
            : NotLeading(host, command);
    }

    private CommandResult NotLeading(string subject, string command) => new(false, $"{subject}: another replica orders certificates", leadership.Leader is { } leader
        ? $"run it there: kubectl exec {LeaseLeadership.PodOf(leader)} -- issuer-gateway {command}"
        : "try again in a moment: no replica leads yet");
}
