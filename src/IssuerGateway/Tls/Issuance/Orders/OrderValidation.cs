using IssuerGateway.Acme;
using IssuerGateway.Tls.Issuance.Stores;
using IssuerGateway.Tls.Serving.Challenges;

namespace IssuerGateway.Tls.Issuance.Orders;

/// <summary>Shows control of the host of one order (RFC 8555 §7.5), by the first of the wanted challenges that the CA offers.</summary>
/// <param name="types">The configured challenges, the one to try first at the front.</param>
internal sealed class OrderValidation(IssuanceContext context, AcmeSession session, string host, IReadOnlyList<string> types)
{
    // A challenge may look pending until its validation has ended; to respond again would start another one.
    private readonly HashSet<Uri> started = [];

    public OrderPollDeadline Deadline { get; } = new(context.Time, host);

    /// <summary>The challenge in use: that of the stored order when one is taken up again.</summary>
    public string Used { get; private set; } = types[0];

    /// <summary>Whether the CA looked and was not satisfied: the order is lost, another challenge may do.</summary>
    public bool HasFailed { get; private set; }

    private OrderState? Stored => context.State.Current.Host(host).Order;

    /// <returns>Null to look at the order again.</returns>
    public async Task<AcmeProblem?> ValidateAsync(AcmeOrder order, CancellationToken cancellationToken)
    {
        bool isAllValid = true;
        foreach (Uri url in order.Authorizations)
        {
            AcmeResult<AcmeAuthorization> authorization = await session.Client.GetAuthorizationAsync(url, cancellationToken);
            AcmeProblem? problem = authorization.IsSuccess ? await ValidateAsync(url, authorization.Value, cancellationToken) : authorization.Problem;
            if (problem is not null)
            {
                return problem;
            }

            isAllValid &= authorization.Value!.Status == AcmeStatus.Valid;
        }

        // The order follows its authorizations, not always in the same moment.
        return isAllValid ? await Deadline.WaitAsync(TimeSpan.Zero, cancellationToken) : null;
    }

    /// <summary>Why the CA made the order invalid.</summary>
    public async Task<AcmeProblem> WhyInvalidAsync(AcmeOrder order, CancellationToken cancellationToken)
    {
        foreach (Uri url in order.Authorizations)
        {
            AcmeResult<AcmeAuthorization> authorization = await session.Client.GetAuthorizationAsync(url, cancellationToken);
            if (authorization is { IsSuccess: true, Value.Status: not (AcmeStatus.Valid or AcmeStatus.Pending) })
            {
                return Failed(authorization.Value);
            }
        }

        return order.Error is { } error ? AcmeProblem.Of(error, 0, null) : AcmeProblem.Of(IssuanceProblem.OrderGone, "the CA made the order invalid without an explanation");
    }

    private async Task<AcmeProblem?> ValidateAsync(Uri url, AcmeAuthorization authorization, CancellationToken cancellationToken)
    {
        if (authorization.Status is not (AcmeStatus.Pending or AcmeStatus.Valid))
        {
            return Failed(authorization);
        }

        if (authorization.Status == AcmeStatus.Valid)
        {
            return null;
        }

        if (Choose(authorization) is not { } challenge)
        {
            // Nobody will fulfill it, and CAs limit how many are pending (RFC 8555 §7.5.2).
            HasFailed = true;
            _ = await session.Client.DeactivateAsync(url, cancellationToken);
            return AcmeProblem.Of(IssuanceProblem.NoUsableChallenge, $"the CA offers {(authorization.Challenges.Count == 0 ? "no challenge" : string.Join(", ", authorization.Challenges.Select(offered => offered.Type)))} for {host}, not {string.Join(" or ", types)}");
        }

        Used = challenge.Type;
        if (challenge.Status is not (AcmeStatus.Pending or null) || !started.Add(challenge.Url))
        {
            return await Deadline.WaitAsync(authorization.RetryAfter, cancellationToken);
        }

        AcmeResult<AcmeChallenge> response = await StartAsync(challenge, cancellationToken);
        return response.IsSuccess ? await Deadline.WaitAsync(response.Value.RetryAfter, cancellationToken) : response.Problem;
    }

    // That of an order taken up again first: the CA may be looking at it.
    private AcmeChallenge? Choose(AcmeAuthorization authorization) => types
        .OrderByDescending(type => type == Stored?.Challenge?.Type)
        .Select(type => authorization.Challenges.FirstOrDefault(offered => offered.Type == type && offered.HasUsableToken))
        .FirstOrDefault(offered => offered is not null);

    private async Task<AcmeResult<AcmeChallenge>> StartAsync(AcmeChallenge challenge, CancellationToken cancellationToken)
    {
        PendingChallenge pending = new()
        {
            Type = challenge.Type,
            Host = host,
            Token = challenge.Token!,
            KeyAuthorization = session.Key.KeyAuthorization(challenge.Token!),
        };
        if (Stored is { } order && order.Challenge != pending
            && await context.State.ChangeHostAsync(host, state => state with { Order = order with { Challenge = pending } }, cancellationToken) is null)
        {
            // Any replica may be queried, so all of them have to know. What is not stored none of them will know.
            await Task.Delay(context.Store.PropagationDelay, context.Time, cancellationToken);
        }

        return await session.Client.StartAsync(challenge, cancellationToken);
    }

    private AcmeProblem Failed(AcmeAuthorization authorization)
    {
        HasFailed = true;
        AcmeProblemDocument? error = authorization.Challenges.Select(challenge => challenge.Error).FirstOrDefault(found => found is not null);
        return error is null
            ? AcmeProblem.Of(IssuanceProblem.NotValidated, $"the authorization for {host} is {authorization.Status}")
            : AcmeProblem.Of(error, 0, null);
    }
}
