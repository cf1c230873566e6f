using IssuerGateway.Tls.Acme;
using IssuerGateway.Tls.Serving;
using Microsoft.Extensions.Logging;

namespace IssuerGateway.Tls.Issuance;

/// <summary>A certificate as the CA gave it, with the key made for it.</summary>
internal sealed record IssuedCertificate(string ChainPem, string KeyPem, ServingCertificate Certificate, string AccountUrl, string? Challenge);

/// <summary>
/// One attempt to get the certificate of one host. Order and leaf key are stored as soon as they exist, so that an
/// attempt that is cut off at any step is taken up again by the next one, here or on another replica.
/// </summary>
internal sealed class IssuanceAttempt(IssuanceContext context, AcmeAccounts accounts)
{
    public const string StoreNotWritable = "storeNotWritable";

    /// <summary>How far this machine's clock was ahead of the CA's when it was last asked.</summary>
    public TimeSpan? ClockAhead { get; private set; }

    /// <param name="replaces">The certificate that is renewed, in the CA's words; only to be named to the same CA and account.</param>
    public async Task<AcmeResult<IssuedCertificate>> RunAsync(IssuedState? current, string? replaces, CancellationToken cancellationToken)
    {
        AcmeResult<AcmeSession> opened = await accounts.OpenAsync(cancellationToken);
        if (!opened.IsGood)
        {
            return opened.Problem;
        }

        using AcmeSession session = opened.Value;
        bool isSameAccount = current?.Directory == context.Settings.Directory.OriginalString && current.AccountUrl == session.Client.AccountUrl;
        AcmeResult<IssuedCertificate> result = await TryChallengesAsync(session, isSameAccount ? replaces : null, cancellationToken);
        ClockAhead = session.Client.ClockAhead;
        if (result.Problem?.Type == AcmeProblemType.AccountDoesNotExist)
        {
            await accounts.ForgetAsync(cancellationToken);
        }

        return result;
    }

    // A failed challenge kills its order (RFC 8555 §7.1.6), so the other challenge needs a new one. Only a first attempt
    // does both: later ones alternate, because CAs count failed validations.
    private async Task<AcmeResult<IssuedCertificate>> TryChallengesAsync(AcmeSession session, string? replaces, CancellationToken cancellationToken)
    {
        HostState state = context.Ledger.State.Host(context.Host);
        string[] types = [.. context.Settings.Challenges.OrderByDescending(type => type == state.LastChallenge)];
        AcmeResult<IssuedCertificate> result = default;
        for (int i = 0; i < (state.Failures == 0 ? types.Length : 1); i++)
        {
            OrderRun run = new(context, session, types[(state.Failures + i) % types.Length]);
            result = await run.RunAsync(replaces, cancellationToken);
            if (!run.ChallengeFailed)
            {
                break;
            }

            context.Logger.LogWarning("{Host} could not be validated by {Challenge}: {Problem}", context.Host, run.ChallengeType, result.Problem);
        }

        return result;
    }
}
