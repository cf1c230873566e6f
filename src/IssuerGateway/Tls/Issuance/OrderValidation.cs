using IssuerGateway.Tls.Acme;
using IssuerGateway.Tls.Serving;

namespace IssuerGateway.Tls.Issuance;

/// <summary>Shows control of the host of one order by one kind of challenge (RFC 8555 §7.5).</summary>
internal sealed class OrderValidation(IssuanceContext context, AcmeSession session, OrderPollDeadline patience, string challengeType)
{
    // A challenge may look pending until its validation has ended; to answer it again would start another one.
    private readonly HashSet<Uri> answered = [];

    public string ChallengeType => challengeType;

    /// <summary>Whether the CA looked and was not satisfied: the order is lost, another kind of challenge may do.</summary>
    public bool HasFailed { get; private set; }

    /// <summary>Null when nothing stands in the way of looking at the order again.</summary>
    public async Task<AcmeProblem?> ValidateAsync(AcmeOrder order, CancellationToken cancellationToken)
    {
        bool allValid = true;
        foreach (Uri url in order.Authorizations)
        {
            AcmeResult<AcmeAuthorization> authorization = await session.Client.GetAuthorizationAsync(url, cancellationToken);
            AcmeProblem? problem = authorization.IsGood ? await ValidateAsync(authorization.Value, cancellationToken) : authorization.Problem;
            if (problem is not null)
            {
                return problem;
            }

            allValid &= authorization.Value!.Status == AcmeStatus.Valid;
        }

        // The order follows its authorizations, not always in the same moment.
        return allValid ? await patience.WaitAsync(TimeSpan.Zero, cancellationToken) : null;
    }

    private async Task<AcmeProblem?> ValidateAsync(AcmeAuthorization authorization, CancellationToken cancellationToken)
    {
        if (authorization.Status is not (AcmeStatus.Pending or AcmeStatus.Valid))
        {
            return Failed(authorization);
        }

        if (authorization.Status == AcmeStatus.Valid)
        {
            return null;
        }

        AcmeChallenge? challenge = authorization.Challenges.FirstOrDefault(offered => offered.Type == challengeType && offered.HasUsableToken);
        if (challenge is null)
        {
            HasFailed = true;
            return AcmeProblem.Of("noUsableChallenge", $"the CA offers {string.Join(", ", authorization.Challenges.Select(offered => offered.Type))} for {context.Host}, not {challengeType}");
        }

        if (challenge.Status == AcmeStatus.Pending && answered.Add(challenge.Url) && await AnswerAsync(challenge, cancellationToken) is { } refused)
        {
            return refused;
        }

        return await patience.WaitAsync(authorization.RetryAfter, cancellationToken);
    }

    private async Task<AcmeProblem?> AnswerAsync(AcmeChallenge challenge, CancellationToken cancellationToken)
    {
        PendingChallenge pending = new()
        {
            Type = challenge.Type,
            Host = context.Host,
            Token = challenge.Token!,
            KeyAuthorization = session.Key.KeyAuthorization(challenge.Token!),
        };
        if (context.Order is { } order && order.Challenge != pending)
        {
            await context.KeepAsync(order with { Challenge = pending }, cancellationToken);

            // Any replica may be asked, so all of them have to know.
            await Task.Delay(context.Store.PropagationDelay, context.Time, cancellationToken);
        }

        return (await session.Client.AnswerAsync(challenge, cancellationToken)).Problem;
    }

    /// <summary>Why the CA took no control of the host for shown.</summary>
    public AcmeProblem Failed(AcmeAuthorization authorization)
    {
        HasFailed = true;
        AcmeProblemDocument? error = authorization.Challenges.Select(challenge => challenge.Error).FirstOrDefault(found => found is not null);
        return error is null
            ? AcmeProblem.Of(AcmeProblemType.NotValidated, $"the authorization for {context.Host} is {authorization.Status}")
            : AcmeProblem.Of(error, 0, null);
    }
}
