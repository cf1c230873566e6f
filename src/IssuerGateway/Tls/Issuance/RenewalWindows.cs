using IssuerGateway.Tls.Acme;
using Microsoft.Extensions.Logging;

namespace IssuerGateway.Tls.Issuance;

/// <summary>Asks the CA when it wants a certificate renewed (RFC 9773 §4); a failure leaves what is known.</summary>
internal sealed class RenewalWindows(AcmeAccounts accounts, string host, TimeProvider time, ILogger<RenewalWindows> logger)
{
    public async Task<RenewalState> AskAsync(string certificateIdentifier, RenewalState? known, CancellationToken cancellationToken)
    {
        AcmeResult<RenewalInfo> answer = await AskCaAsync(certificateIdentifier, cancellationToken);
        DateTimeOffset nextPoll = time.GetUtcNow() + RenewalSchedule.NextPoll(answer.Value?.RetryAfter ?? answer.Problem?.RetryAfter);

        // §4.2: a window that ends before it starts is no window.
        if (answer.Value?.SuggestedWindow is not { } window || window.End <= window.Start)
        {
            return known is null ? new RenewalState { CertificateIdentifier = certificateIdentifier, NextPoll = nextPoll } : known with { NextPoll = nextPoll };
        }

        if (known?.Start == window.Start && known.End == window.End)
        {
            return known with { NextPoll = nextPoll };
        }

        if (answer.Value.ExplanationUrl is { } explanation)
        {
            logger.LogInformation("The CA explains the renewal window of {Host}: {Explanation}", host, explanation);
        }

        return new RenewalState
        {
            CertificateIdentifier = certificateIdentifier,
            Start = window.Start,
            End = window.End,
            Chosen = RenewalSchedule.Choose(window.Start, window.End, Random.Shared.NextDouble()),
            NextPoll = nextPoll,
        };
    }

    private async Task<AcmeResult<RenewalInfo>> AskCaAsync(string certificateIdentifier, CancellationToken cancellationToken)
    {
        AcmeResult<AcmeSession> opened = await accounts.OpenAsync(cancellationToken);
        if (!opened.IsGood)
        {
            return opened.Problem;
        }

        using AcmeSession session = opened.Value;
        return session.Client.Directory.RenewalInfo is null
            ? AcmeProblem.Of(AcmeProblemType.Other, "the CA has no renewal information")
            : await session.Client.GetRenewalInfoAsync(certificateIdentifier, cancellationToken);
    }
}
