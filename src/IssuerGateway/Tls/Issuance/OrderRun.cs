using System.Text;
using IssuerGateway.Tls.Acme;
using IssuerGateway.Tls.Serving;
using Microsoft.Extensions.Logging;

namespace IssuerGateway.Tls.Issuance;

/// <summary>One order by one kind of challenge, from wherever it stands to its certificate.</summary>
internal sealed class OrderRun(IssuanceContext context, AcmeSession session, string challengeType)
{
    private readonly AcmeClient client = session.Client;
    private readonly OrderPollDeadline patience = new(context.Time, context.Host);
    private OrderValidation? validation;

    /// <summary>The kind in use: that of the stored order when one is taken up again.</summary>
    public string ChallengeType => Validation.ChallengeType;

    public bool ChallengeFailed => Validation.HasFailed;

    private OrderValidation Validation => validation ??= new(context, session, patience, challengeType);

    public async Task<AcmeResult<IssuedCertificate>> RunAsync(string? replaces, CancellationToken cancellationToken)
    {
        AcmeResult<AcmeOrder> order = await OpenOrderAsync(replaces, cancellationToken);
        while (order.IsGood && order.Value.Status != AcmeStatus.Valid)
        {
            order = await StepAsync(order.Value, cancellationToken);
        }

        if (order.IsGood)
        {
            return await DownloadAsync(order.Value, cancellationToken);
        }

        if (IsDiscarded(order.Problem))
        {
            await context.KeepAsync(null, cancellationToken);
        }

        return order.Problem;
    }

    private bool IsDiscarded(AcmeProblem problem) => ChallengeFailed || problem.Type is AcmeProblemType.OrderGone or AcmeProblemType.NotValidated or AcmeProblemType.AccountDoesNotExist;

    private async Task<AcmeResult<AcmeOrder>> OpenOrderAsync(string? replaces, CancellationToken cancellationToken)
    {
        if (context.Order is { } stored && stored.AccountUrl == client.AccountUrl && LeafKey.IsUsable(stored.LeafKeyPem) && Uri.TryCreate(stored.Url, UriKind.Absolute, out Uri? url))
        {
            AcmeResult<AcmeOrder> known = await client.GetOrderAsync(url, cancellationToken);
            if (known is { IsGood: true, Value.Status: not AcmeStatus.Invalid })
            {
                validation = new(context, session, patience, stored.Challenge?.Type ?? challengeType);
                return known;
            }

            // A CA that cannot answer now still has the order; one that does not know it any longer answers 4xx.
            if (known.Problem is { } problem && (problem.Status is < 400 or >= 500 || problem.Type is AcmeProblemType.RateLimited or AcmeProblemType.BadNonce))
            {
                return problem;
            }
        }

        return await NewOrderAsync(replaces, cancellationToken);
    }

    private async Task<AcmeResult<AcmeOrder>> NewOrderAsync(string? replaces, CancellationToken cancellationToken)
    {
        AcmeSettings settings = context.Settings;
        if (settings.Profile is { } profile && client.Directory.Meta?.Profiles?.ContainsKey(profile) != true)
        {
            string offered = client.Directory.Meta?.Profiles is { Count: > 0 } profiles ? string.Join(", ", profiles.Keys) : "none";
            return AcmeProblem.Of("invalidProfile", $"Tls:Acme:Profile: found \"{profile}\", the CA offers {offered}");
        }

        AcmeOrderRequest request = new()
        {
            Identifiers = [AcmeIdentifier.Dns(context.Host)],
            Profile = settings.Profile,
            Replaces = client.Directory.RenewalInfo is null ? null : replaces,
        };
        string leafKey = LeafKey.Create(settings.KeyType);

        // Written before the CA is asked: with a store that takes nothing, every restart would leave an order behind.
        if (await context.KeepAsync(null, cancellationToken) is { } fault)
        {
            return AcmeProblem.Of(IssuanceAttempt.StoreNotWritable, $"{context.Store.Description}: {fault}");
        }

        AcmeResult<AcmeOrder> order = await client.NewOrderAsync(request, cancellationToken);
        if (request.Replaces is not null && order.Problem?.Type is AcmeProblemType.AlreadyReplaced or AcmeProblemType.Malformed)
        {
            // RFC 9773 §5: what is named as replaced is a courtesy, not a condition.
            order = await client.NewOrderAsync(request with { Replaces = null }, cancellationToken);
        }

        if (order.IsGood)
        {
            await context.KeepAsync(new OrderState { Url = order.Value.Url!.OriginalString, AccountUrl = client.AccountUrl!, LeafKeyPem = leafKey }, cancellationToken);
        }

        return order;
    }

    // RFC 8555 §7.1.6, the states of an order.
    private async Task<AcmeResult<AcmeOrder>> StepAsync(AcmeOrder order, CancellationToken cancellationToken)
    {
        switch (order.Status)
        {
            case AcmeStatus.Pending:
                return await Validation.ValidateAsync(order, cancellationToken) ?? await RefetchAsync(order, cancellationToken);
            case AcmeStatus.Ready:
                return await FinalizeAsync(order, cancellationToken);
            case AcmeStatus.Processing:
                return await patience.WaitAsync(order.RetryAfter, cancellationToken) ?? await RefetchAsync(order, cancellationToken);
            case AcmeStatus.Invalid:
                return await WhyInvalidAsync(order, cancellationToken);
            default:
                return AcmeProblem.Of(AcmeProblemType.NotAcme, "the order is in a state that RFC 8555 does not know");
        }
    }

    private async Task<AcmeResult<AcmeOrder>> FinalizeAsync(AcmeOrder order, CancellationToken cancellationToken)
    {
        byte[] signingRequest = SigningRequest.Create(context.Order!.LeafKeyPem, [context.Host]);
        AcmeResult<AcmeOrder> finalized = await client.FinalizeAsync(order, signingRequest, cancellationToken);
        if (finalized.Problem?.Type == AcmeProblemType.OrderNotReady || finalized.Value?.Status == AcmeStatus.Ready)
        {
            return await patience.WaitAsync(order.RetryAfter, cancellationToken) ?? await RefetchAsync(order, cancellationToken);
        }

        // Refused for good, for example the names or the key: the same again would be refused the same.
        return finalized.Problem is { Status: >= 400 and < 500, Type: not (AcmeProblemType.RateLimited or AcmeProblemType.BadNonce) } refused
            ? await DiscardAsync(refused, cancellationToken)
            : finalized;
    }

    private async Task<AcmeResult<AcmeOrder>> WhyInvalidAsync(AcmeOrder order, CancellationToken cancellationToken)
    {
        foreach (Uri url in order.Authorizations)
        {
            AcmeResult<AcmeAuthorization> authorization = await client.GetAuthorizationAsync(url, cancellationToken);
            if (authorization is { IsGood: true, Value.Status: not (AcmeStatus.Valid or AcmeStatus.Pending) })
            {
                return Validation.Failed(authorization.Value);
            }
        }

        return await DiscardAsync(order.Error is { } error ? AcmeProblem.Of(error, 0, null) : AcmeProblem.Of(AcmeProblemType.OrderGone, "the CA made the order invalid without an explanation"), cancellationToken);
    }

    private async Task<AcmeProblem> DiscardAsync(AcmeProblem problem, CancellationToken cancellationToken)
    {
        await context.KeepAsync(null, cancellationToken);
        return problem;
    }

    private Task<AcmeResult<AcmeOrder>> RefetchAsync(AcmeOrder order, CancellationToken cancellationToken) => client.GetOrderAsync(order.Url!, cancellationToken);

    private async Task<AcmeResult<IssuedCertificate>> DownloadAsync(AcmeOrder order, CancellationToken cancellationToken)
    {
        string leafKey = context.Order!.LeafKeyPem;
        if (order.Certificate is not { } url)
        {
            return AcmeProblem.Of(AcmeProblemType.NotAcme, "the order is valid without a certificate");
        }

        AcmeResult<string> chain = await client.DownloadAsync(url, context.Settings.PreferredChain, cancellationToken);
        if (!chain.IsGood)
        {
            return chain.Problem;
        }

        if (context.Settings.PreferredChain is { } preferred && !AcmeClient.LeadsTo(chain.Value, preferred))
        {
            context.Logger.LogWarning("The CA offers no chain of {Host} that leads to {PreferredChain} (Tls:Acme:PreferredChain); its first one is served", context.Host, preferred);
        }

        ServingCertificate? certificate = ServingCertificate.Parse(Encoding.ASCII.GetBytes(chain.Value), Encoding.ASCII.GetBytes(leafKey), out string? fault);
        fault ??= certificate!.Names.Contains(context.Host) ? null : $"it names {string.Join(", ", certificate.Names)}";
        if (fault is not null)
        {
            await context.KeepAsync(null, cancellationToken);
            return AcmeProblem.Of(AcmeProblemType.BadChain, $"the certificate that the CA issued for {context.Host} cannot be served: {fault}");
        }

        return new IssuedCertificate(chain.Value, leafKey, certificate!, client.AccountUrl!, context.Order!.Challenge?.Type);
    }
}
