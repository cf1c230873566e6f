using IssuerGateway.Acme;
using IssuerGateway.Acme.Signing;
using IssuerGateway.Tls.Issuance.Stores;
using IssuerGateway.Tls.Serving;
using Microsoft.Extensions.Logging;

namespace IssuerGateway.Tls.Issuance.Orders;

/// <summary>A certificate as the CA gave it, with the key made for it.</summary>
internal sealed record IssuedCertificate(ServingCertificate Certificate, string AccountUrl, string? Challenge);

/// <summary>
/// One attempt to get the certificate of one host, from wherever its order stands to the chain (RFC 8555 §7.4). Order and
/// leaf key are stored as soon as they exist, so that an attempt that is cut off at any step is taken up again by the
/// next one, here or on another replica.
/// </summary>
internal sealed class OrderFlow(IssuanceContext context, string host)
{
    private readonly ILogger<OrderFlow> logger = context.Loggers.CreateLogger<OrderFlow>();

    /// <summary>How far this machine's clock was ahead of the CA's when it was last queried.</summary>
    public TimeSpan? ClockAhead { get; private set; }

    private OrderState? Stored => context.State.Current.Host(host).Order;

    /// <param name="served">The certificate that is renewed; named to the CA when this account ordered it (RFC 9773 §5).</param>
    public async Task<AcmeResult<IssuedCertificate>> RunAsync(ServingCertificate? served, CancellationToken cancellationToken)
    {
        AcmeResult<AcmeSession> opened = await context.Accounts.OpenAsync(cancellationToken);
        if (!opened.IsSuccess)
        {
            return opened.Problem;
        }

        using AcmeSession session = opened.Value;
        AcmeResult<IssuedCertificate> result = await TryChallengesAsync(session, served, cancellationToken);
        ClockAhead = session.Client.ClockAhead;
        if (result.Problem?.Type == AcmeProblemType.AccountDoesNotExist)
        {
            await context.Accounts.ForgetAsync(cancellationToken);
        }

        return result;
    }

    // A failed challenge invalidates its order (RFC 8555 §7.1.6), so the other challenge needs a new one. Only a first
    // attempt does both: later ones alternate, because CAs count failed validations.
    private async Task<AcmeResult<IssuedCertificate>> TryChallengesAsync(AcmeSession session, ServingCertificate? served, CancellationToken cancellationToken)
    {
        HostState state = context.StateOf(host);
        string[] types = [.. context.Settings.Challenges.OrderByDescending(type => type == state.LastChallenge)];
        AcmeResult<IssuedCertificate> result = default;
        for (int i = 0; i < (state.Failures == 0 ? types.Length : 1); i++)
        {
            string first = types[(state.Failures + i) % types.Length];
            OrderValidation validation = new(context, session, host, [first, .. types.Where(type => type != first)]);
            result = await FollowAsync(session, validation, served, cancellationToken);
            if (!validation.HasFailed)
            {
                break;
            }

            await KeepAsync(null, cancellationToken);
            logger.LogWarning("{Host} could not be validated by {Challenge}: {Problem}", host, validation.Used, result.Problem);
        }

        return result;
    }

    /// <summary>One order, by the states of RFC 8555 §7.1.6.</summary>
    private async Task<AcmeResult<IssuedCertificate>> FollowAsync(AcmeSession session, OrderValidation validation, ServingCertificate? served, CancellationToken cancellationToken)
    {
        AcmeResult<AcmeOrder> order = await OpenAsync(session, served, cancellationToken);
        bool isFromBefore = order.Value is { Status: AcmeStatus.Valid };
        while (order.IsSuccess && order.Value.Status != AcmeStatus.Valid)
        {
            AcmeOrder current = order.Value;
            if (current.Status == AcmeStatus.Ready)
            {
                order = await FinalizeAsync(session, validation.Deadline, current, cancellationToken);
                continue;
            }

            AcmeProblem? problem = current.Status switch
            {
                AcmeStatus.Pending => await validation.ValidateAsync(current, cancellationToken),
                AcmeStatus.Processing => await validation.Deadline.WaitAsync(current.RetryAfter, cancellationToken),
                AcmeStatus.Invalid => await validation.WhyInvalidAsync(current, cancellationToken),
                _ => AcmeProblem.Of(AcmeProblemType.NotAcme, "the order is in a state that RFC 8555 does not know"),
            };
            if (problem is not null && current.Status == AcmeStatus.Invalid)
            {
                return await DiscardAsync(problem, cancellationToken);
            }

            order = problem is not null ? problem : await session.Client.GetOrderAsync(current.Url!, cancellationToken);
        }

        if (!order.IsSuccess)
        {
            return IsOver(order.Problem) ? await DiscardAsync(order.Problem, cancellationToken) : order.Problem;
        }

        AcmeResult<IssuedCertificate> issued = await DownloadAsync(session, validation.Deadline, order.Value, cancellationToken);
        if (issued.IsSuccess && (IsOlderThan(served, issued.Value.Certificate) || (isFromBefore && issued.Value.Certificate.NotAfter <= NowOf(session.Client))))
        {
            // The stored order was that of the certificate to be renewed, or of one before it; or, while the store took
            // nothing, it has stayed until its certificate expired.
            await KeepAsync(null, cancellationToken);
            return await FollowAsync(session, validation, served: null, cancellationToken);
        }

        return issued;
    }

    private static bool IsOlderThan(ServingCertificate? served, ServingCertificate issued) => served is not null && (issued.Thumbprint == served.Thumbprint || issued.NotBefore < served.NotBefore);

    // By the CA's clock, where it sends one: it wrote the end into the certificate.
    private DateTimeOffset NowOf(AcmeClient client) => context.Time.GetUtcNow() - (client.ClockAhead ?? TimeSpan.Zero);

    // Takes up the stored order, or places a new one.
    private async Task<AcmeResult<AcmeOrder>> OpenAsync(AcmeSession session, ServingCertificate? served, CancellationToken cancellationToken)
    {
        if (Stored is { } stored && stored.AccountUrl == session.Client.AccountUrl && LeafKey.IsUsable(stored.LeafKeyPem) && Uri.TryCreate(stored.Url, UriKind.Absolute, out Uri? url))
        {
            AcmeResult<AcmeOrder> known = await session.Client.GetOrderAsync(url, cancellationToken);
            if (known is { IsSuccess: true, Value.Status: not AcmeStatus.Invalid })
            {
                return known;
            }

            // A CA that cannot respond now still has the order; one that does not know it any longer responds with 4xx.
            if (known.Problem is { } problem && !IsRejection(problem))
            {
                return problem;
            }
        }

        return await PlaceAsync(session, served, cancellationToken);
    }

    private async Task<AcmeResult<AcmeOrder>> PlaceAsync(AcmeSession session, ServingCertificate? served, CancellationToken cancellationToken)
    {
        AcmeClient client = session.Client;
        if (context.Settings.Profile is { } profile && client.Directory.Meta?.Profiles?.ContainsKey(profile) != true)
        {
            string offered = client.Directory.Meta?.Profiles is { Count: > 0 } profiles ? string.Join(", ", profiles.Keys) : "none";
            return AcmeProblem.Of(IssuanceProblem.InvalidProfile, $"Tls:Acme:Profile: found \"{profile}\", the CA offers {offered}");
        }

        AcmeOrderRequest request = new()
        {
            Identifiers = [AcmeIdentifier.Dns(host)],
            Profile = context.Settings.Profile,
            Replaces = client.Directory.RenewalInfo is null ? null : Replaced(session, served),
        };
        string leafKey = LeafKey.Create(context.Settings.KeyType);
        await KeepAsync(null, cancellationToken);
        AcmeResult<AcmeOrder> order = await client.NewOrderAsync(request, cancellationToken);
        if (request.Replaces is not null && order.Problem?.Type is AcmeProblemType.AlreadyReplaced or AcmeProblemType.Malformed)
        {
            // RFC 9773 §5: what is named as replaced is a courtesy, not a condition.
            order = await client.NewOrderAsync(request with { Replaces = null }, cancellationToken);
        }

        if (order.IsSuccess)
        {
            await KeepAsync(new OrderState { Url = order.Value.Url!.OriginalString, AccountUrl = client.AccountUrl!, LeafKeyPem = leafKey }, cancellationToken);
        }

        return order;
    }

    // Only to the CA and account that issued it (RFC 9773 §5).
    private string? Replaced(AcmeSession session, ServingCertificate? served) =>
        served is not null && context.StateOf(host).Certificate is { } issued && issued.Directory == context.DirectoryUrl && issued.AccountUrl == session.Client.AccountUrl
            ? CertificateIdentifier.Of(served.Chain[0])
            : null;

    /// <returns>The order as it stands then.</returns>
    private async Task<AcmeResult<AcmeOrder>> FinalizeAsync(AcmeSession session, OrderPollDeadline deadline, AcmeOrder order, CancellationToken cancellationToken)
    {
        string leafKey = Stored!.LeafKeyPem;
        AcmeResult<AcmeOrder> finalized = await session.Client.FinalizeAsync(order, SigningRequest.Create(leafKey, [host]), cancellationToken);
        if (finalized.Problem?.Type == AcmeProblemType.BadCsr)
        {
            // Some private CAs want the deprecated common name.
            finalized = await session.Client.FinalizeAsync(order, SigningRequest.Create(leafKey, [host], host), cancellationToken);
        }

        if (finalized.Problem is { Type: not AcmeProblemType.OrderNotReady } || finalized.Value is { Status: AcmeStatus.Valid, Certificate: not null })
        {
            // Rejected for good, for example the names or the key: the same again would be rejected the same.
            return finalized.Problem is { } problem && IsRejection(problem) ? await DiscardAsync(problem, cancellationToken) : finalized;
        }

        // Never at once: a CA of several servers may still show the order as ready, and would be asked to issue without end.
        return await deadline.WaitAsync(finalized.Problem?.RetryAfter ?? finalized.Value?.RetryAfter, cancellationToken) is { } late
            ? late
            : await session.Client.GetOrderAsync(order.Url!, cancellationToken);
    }

    private async Task<AcmeResult<IssuedCertificate>> DownloadAsync(AcmeSession session, OrderPollDeadline deadline, AcmeOrder order, CancellationToken cancellationToken)
    {
        if (order.Certificate is not { } url)
        {
            return AcmeProblem.Of(AcmeProblemType.NotAcme, "the order is valid without a certificate");
        }

        AcmeResult<string> chain = await session.Client.DownloadAsync(url, context.Settings.PreferredChain, cancellationToken);
        if (chain.Problem is { Status: 404 } && await deadline.WaitAsync(chain.Problem.RetryAfter, cancellationToken) is null)
        {
            // Another server of the CA may not have it yet.
            chain = await session.Client.DownloadAsync(url, context.Settings.PreferredChain, cancellationToken);
        }

        if (!chain.IsSuccess)
        {
            return chain.Problem.Status is 404 or 410 ? await DiscardAsync(chain.Problem, cancellationToken) : chain.Problem;
        }

        if (context.Settings.PreferredChain is { } preferred && !AcmeClient.LeadsTo(chain.Value, preferred))
        {
            logger.LogWarning("The CA offers no chain of {Host} that leads to {PreferredChain} (Tls:Acme:PreferredChain); its first one is served", host, preferred);
        }

        ServingCertificate? certificate = IssuedChain.Parse(chain.Value, Stored!.LeafKeyPem, out string? fault);
        fault ??= certificate!.Names.Contains(host) ? null : $"it names {string.Join(", ", certificate.Names)}";
        return fault is null
            ? new IssuedCertificate(certificate!, session.Client.AccountUrl!, Stored!.Challenge?.Type)
            : await DiscardAsync(AcmeProblem.Of(IssuanceProblem.BadChain, $"the certificate that the CA issued for {host} cannot be served: {fault}"), cancellationToken);
    }

    private static bool IsOver(AcmeProblem problem) => problem.Type is IssuanceProblem.OrderGone or IssuanceProblem.NotValidated or AcmeProblemType.AccountDoesNotExist;

    // The CA understood the request and does not do it, now or later.
    private static bool IsRejection(AcmeProblem problem) => problem.Status is >= 400 and < 500 && problem.Type is not (AcmeProblemType.RateLimited or AcmeProblemType.BadNonce);

    private async Task<AcmeProblem> DiscardAsync(AcmeProblem problem, CancellationToken cancellationToken)
    {
        await KeepAsync(null, cancellationToken);
        return problem;
    }

    // Kept in memory and continues, also when it cannot be written; that is logged where the state is stored again.
    private Task<string?> KeepAsync(OrderState? order, CancellationToken cancellationToken) =>
        context.State.ChangeHostAsync(host, state => state with { Order = order }, cancellationToken);
}
