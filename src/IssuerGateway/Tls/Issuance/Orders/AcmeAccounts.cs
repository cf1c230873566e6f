using IssuerGateway.Acme;
using IssuerGateway.Acme.Signing;
using IssuerGateway.Tls.Issuance.Stores;
using Microsoft.Extensions.Logging;

namespace IssuerGateway.Tls.Issuance.Orders;

/// <summary>Opens the CA with the one account that all hosts and replicas share; makes the account when it does not exist.</summary>
internal sealed class AcmeAccounts(AcmeSettings settings, AcmeHttp acmeHttp, AcmeStateCache state, TimeProvider time, ILogger<AcmeAccounts> logger) : IDisposable
{
    // Hosts are ordered side by side, and the first ones would each make an account.
    private readonly SemaphoreSlim gate = new(1);
    private bool isContactCompared;

    private string DirectoryUrl => settings.Directory.OriginalString;

    public async Task<AcmeResult<AcmeSession>> OpenAsync(CancellationToken cancellationToken)
    {
        AcmeResult<HttpClient> http = acmeHttp.Open();
        if (!http.IsSuccess)
        {
            return http.Problem;
        }

        AcmeResult<AcmeSession> session = await OpenAsync(http.Value, cancellationToken);
        if (!session.IsSuccess)
        {
            http.Value.Dispose();
        }

        return session;
    }

    /// <summary>RFC 9773 §4.1: renewal information needs no account.</summary>
    public async Task<AcmeResult<RenewalInfo>> GetRenewalInfoAsync(string certificateIdentifier, CancellationToken cancellationToken)
    {
        AcmeResult<HttpClient> http = acmeHttp.Open();
        if (!http.IsSuccess)
        {
            return http.Problem;
        }

        using HttpClient open = http.Value;
        return await AcmeClient.GetRenewalInfoAsync(open, settings.Directory, certificateIdentifier, time, cancellationToken);
    }

    /// <summary>The CA does not know the account any longer: the next attempt registers the same key again.</summary>
    public async Task ForgetAsync(CancellationToken cancellationToken)
    {
        if (state.Current.Accounts.TryGetValue(DirectoryUrl, out AccountState? account))
        {
            await state.ChangeAccountAsync(DirectoryUrl, account with { Url = null }, cancellationToken);
        }
    }

    /// <summary>Replaces the key of the account (RFC 8555 §7.3.5). Null when the CA has accepted the new one.</summary>
    public async Task<AcmeProblem?> RolloverAsync(CancellationToken cancellationToken)
    {
        AcmeResult<AcmeSession> opened = await OpenAsync(cancellationToken);
        if (!opened.IsSuccess)
        {
            return opened.Problem;
        }

        using AcmeSession session = opened.Value;
        using AcmeAccountKey key = AcmeAccountKey.Create(settings.AccountKeyType == LeafKeyType.Rsa2048 ? AcmeAccountKey.Rs256 : session.Key.Algorithm);
        if (await session.Client.ChangeKeyAsync(key, cancellationToken) is { } problem)
        {
            return problem;
        }

        // The CA knows only the new key from here on. What cannot be written now stays in memory and is written later.
        _ = await state.ChangeAccountAsync(DirectoryUrl, new AccountState { KeyPem = key.ToPem(), Url = session.Client.AccountUrl }, cancellationToken);
        logger.LogInformation("The key of ACME account {AccountUrl} was replaced", session.Client.AccountUrl);
        return null;
    }

    public void Dispose() => gate.Dispose();

    private async Task<AcmeResult<AcmeSession>> OpenAsync(HttpClient http, CancellationToken cancellationToken)
    {
        await gate.WaitAsync(cancellationToken);
        try
        {
            AcmeAccountKey key = await KeyAsync(cancellationToken);
            AcmeResult<AcmeClient> client = await AcmeClient.ConnectAsync(http, settings.Directory, key, time, cancellationToken);
            if (!client.IsSuccess)
            {
                return client.Problem;
            }

            client.Value.AccountUrl = state.Current.Accounts[DirectoryUrl].Url;
            AcmeProblem? problem = client.Value.AccountUrl is null
                ? await RegisterAsync(client.Value, cancellationToken)
                : await CompareContactAsync(client.Value, cancellationToken);
            return problem is null ? new AcmeSession(http, client.Value) : problem;
        }
        finally
        {
            gate.Release();
        }
    }

    // The key is kept before the CA sees it: after a crash the same key finds the same account (RFC 8555 §7.3.1).
    private async Task<AcmeAccountKey> KeyAsync(CancellationToken cancellationToken)
    {
        if (state.Current.Accounts.TryGetValue(DirectoryUrl, out AccountState? account))
        {
            if (AcmeAccountKey.FromPem(account.KeyPem) is { } kept)
            {
                return kept;
            }

            logger.LogWarning("The account key for {Directory} in the store cannot be read; a new account takes its place", DirectoryUrl);
        }

        return await KeepAsync(AcmeAccountKey.Create(settings.AccountKeyType == LeafKeyType.Rsa2048 ? AcmeAccountKey.Rs256 : AcmeAccountKey.Es256), accountUrl: null, cancellationToken);
    }

    // Whether anything is ordered with a store that takes nothing is decided where orders are (HostRenewal). What could not
    // be written is in memory and is written later.
    private async Task<AcmeAccountKey> KeepAsync(AcmeAccountKey key, string? accountUrl, CancellationToken cancellationToken)
    {
        _ = await state.ChangeAccountAsync(DirectoryUrl, new AccountState { KeyPem = key.ToPem(), Url = accountUrl }, cancellationToken);
        return key;
    }

    private async Task<AcmeProblem?> RegisterAsync(AcmeClient client, CancellationToken cancellationToken)
    {
        AcmeResult<string> account = await NewAccountAsync(client, cancellationToken);
        if (account.Problem is { } problem && WantsRsa(problem) && client.Key.Algorithm != AcmeAccountKey.Rs256)
        {
            // A key that the CA has never accepted is worth nothing yet.
            client.Key = await KeepAsync(AcmeAccountKey.Create(AcmeAccountKey.Rs256), accountUrl: null, cancellationToken);
            account = await NewAccountAsync(client, cancellationToken);
        }

        if (!account.IsSuccess)
        {
            return account.Problem;
        }

        logger.LogInformation("ACME account {AccountUrl} at {Directory}: name it as accounturi in CAA records to allow nobody else", account.Value, DirectoryUrl);
        isContactCompared = true;
        await KeepAsync(client.Key, account.Value, cancellationToken);
        return null;
    }

    // RFC 8555 §6.2: the CA names what it takes, and must. Some name nothing, or reject the key itself (§6.7).
    private static bool WantsRsa(AcmeProblem problem) =>
        problem.Type is AcmeProblemType.BadSignatureAlgorithm or AcmeProblemType.BadPublicKey && (problem.Algorithms.Count == 0 || problem.Algorithms.Contains(AcmeAccountKey.Rs256));

    private async Task<AcmeResult<string>> NewAccountAsync(AcmeClient client, CancellationToken cancellationToken)
    {
        AcmeResult<AcmeAccountRequest> request = Request(client.Directory, client.Key);
        return request.IsSuccess ? await client.NewAccountAsync(request.Value, cancellationToken) : request.Problem;
    }

    // Once a process: contacts change with the configuration, which is read at start. A courtesy to the CA that stops no order.
    private async Task<AcmeProblem?> CompareContactAsync(AcmeClient client, CancellationToken cancellationToken)
    {
        if (isContactCompared || settings.Contacts.Count == 0)
        {
            return null;
        }

        AcmeResult<AcmeAccount> account = await client.GetAccountAsync(cancellationToken);
        if (account.Problem?.Type == AcmeProblemType.AccountDoesNotExist)
        {
            return account.Problem;
        }

        if (account.IsSuccess && !(account.Value.Contact ?? []).Order().SequenceEqual(settings.Contacts.Order()))
        {
            AcmeResult<AcmeAccount> updated = await client.UpdateContactAsync(settings.Contacts, cancellationToken);
            if (updated.IsSuccess)
            {
                logger.LogInformation("Contacts of ACME account {AccountUrl} were updated to those of Tls:Acme:Contacts", client.AccountUrl);
            }
            else
            {
                logger.LogWarning("Contacts of ACME account {AccountUrl} could not be updated: {Problem}; certificates are ordered all the same", client.AccountUrl, updated.Problem);
            }
        }

        isContactCompared = account.IsSuccess;
        return null;
    }

    private AcmeResult<AcmeAccountRequest> Request(AcmeDirectory directory, AcmeAccountKey key)
    {
        AcmeResult<byte[]>? eabKey = acmeHttp.ReadEabKey();
        if (eabKey is null && directory.Meta is { ExternalAccountRequired: true })
        {
            return AcmeProblem.Of("externalAccountRequired", "Tls:Acme:Eab: is required, because the CA gives accounts only to its customers");
        }

        if (eabKey is { IsSuccess: false } unreadable)
        {
            return unreadable.Problem;
        }

        return new AcmeAccountRequest
        {
            Contact = settings.Contacts.Count > 0 ? settings.Contacts : null,
            TermsOfServiceAgreed = settings.AcceptTerms ? true : null,
            ExternalAccountBinding = eabKey is { } bound ? Jws.Bind(key, settings.EabKeyId!, bound.Value!, directory.NewAccount) : null,
        };
    }
}

/// <summary>An open CA for one attempt.</summary>
internal sealed record AcmeSession(HttpClient Http, AcmeClient Client) : IDisposable
{
    public AcmeAccountKey Key => Client.Key;

    public void Dispose()
    {
        Http.Dispose();
        Key.Dispose();
    }
}
