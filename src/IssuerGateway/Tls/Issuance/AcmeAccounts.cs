using IssuerGateway.Tls.Acme;
using Microsoft.Extensions.Logging;

namespace IssuerGateway.Tls.Issuance;

/// <summary>Opens the CA with the one account that all hosts and replicas share; makes the account when it is not there.</summary>
internal sealed class AcmeAccounts(AcmeSettings settings, AcmeHttp acmeHttp, AcmeStateCache ledger, TimeProvider time, ILogger<AcmeAccounts> logger) : IDisposable
{
    // Hosts are ordered side by side, and the first ones would each make an account.
    private readonly SemaphoreSlim gate = new(1);

    private string DirectoryUrl => settings.Directory.OriginalString;

    public async Task<AcmeResult<AcmeSession>> OpenAsync(CancellationToken cancellationToken)
    {
        AcmeResult<HttpClient> http = acmeHttp.Open();
        if (!http.IsGood)
        {
            return http.Problem;
        }

        AcmeResult<AcmeSession> session = await OpenAsync(http.Value, cancellationToken);
        if (!session.IsGood)
        {
            http.Value.Dispose();
        }

        return session;
    }

    /// <summary>The CA does not know the account any longer: the next attempt registers the same key again.</summary>
    public async Task ForgetAsync(CancellationToken cancellationToken)
    {
        if (ledger.State.Accounts.TryGetValue(DirectoryUrl, out AccountState? account))
        {
            await ledger.ChangeAccountAsync(DirectoryUrl, account with { Url = null }, cancellationToken);
        }
    }

    public void Dispose() => gate.Dispose();

    private async Task<AcmeResult<AcmeSession>> OpenAsync(HttpClient http, CancellationToken cancellationToken)
    {
        await gate.WaitAsync(cancellationToken);
        try
        {
            AcmeResult<AcmeAccountKey> key = await KeyAsync(cancellationToken);
            if (!key.IsGood)
            {
                return key.Problem;
            }

            AcmeResult<AcmeClient> client = await AcmeClient.ConnectAsync(http, settings.Directory, key.Value, time, cancellationToken);
            if (!client.IsGood)
            {
                return client.Problem;
            }

            client.Value.AccountUrl = ledger.State.Accounts[DirectoryUrl].Url;
            AcmeProblem? problem = client.Value.AccountUrl is null ? await RegisterAsync(client.Value, key.Value, cancellationToken) : null;
            return problem is null ? new AcmeSession(http, client.Value, key.Value) : problem;
        }
        finally
        {
            gate.Release();
        }
    }

    // The key is kept before the CA sees it: after a crash the same key finds the same account (RFC 8555 §7.3.1).
    private async Task<AcmeResult<AcmeAccountKey>> KeyAsync(CancellationToken cancellationToken)
    {
        if (ledger.State.Accounts.TryGetValue(DirectoryUrl, out AccountState? account))
        {
            if (AcmeAccountKey.FromPem(account.KeyPem) is { } kept)
            {
                return kept;
            }

            logger.LogWarning("The account key for {Directory} in the store cannot be read; a new account takes its place", DirectoryUrl);
        }

        AcmeAccountKey key = AcmeAccountKey.Create();
        string? fault = await ledger.ChangeAccountAsync(DirectoryUrl, new AccountState { KeyPem = key.ToPem() }, cancellationToken);
        return fault is null ? key : AcmeProblem.Of(IssuanceAttempt.StoreNotWritable, fault);
    }

    private async Task<AcmeProblem?> RegisterAsync(AcmeClient client, AcmeAccountKey key, CancellationToken cancellationToken)
    {
        AcmeResult<AcmeAccountRequest> request = Request(client.Directory, key);
        if (!request.IsGood)
        {
            return request.Problem;
        }

        AcmeResult<string> account = await client.NewAccountAsync(request.Value, cancellationToken);
        if (!account.IsGood)
        {
            return account.Problem;
        }

        logger.LogInformation("ACME account {AccountUrl} at {Directory}: name it as accounturi in CAA records to allow nobody else", account.Value, DirectoryUrl);
        string? fault = await ledger.ChangeAccountAsync(DirectoryUrl, new AccountState { KeyPem = key.ToPem(), Url = account.Value }, cancellationToken);
        return fault is null ? null : AcmeProblem.Of(IssuanceAttempt.StoreNotWritable, fault);
    }

    private AcmeResult<AcmeAccountRequest> Request(AcmeDirectory directory, AcmeAccountKey key)
    {
        if (directory.Meta?.TermsOfService is { } terms && !settings.AcceptTerms)
        {
            return AcmeProblem.Of("termsNotAgreed", $"Tls:Acme:AcceptTerms: found false, and the CA has terms of service: {terms}");
        }

        AcmeResult<byte[]>? eabKey = acmeHttp.ReadEabKey();
        if (eabKey is null && directory.Meta is { ExternalAccountRequired: true })
        {
            return AcmeProblem.Of("externalAccountRequired", "Tls:Acme:Eab: found nothing, and the CA gives accounts only to its customers");
        }

        if (eabKey is { IsGood: false } unreadable)
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
internal sealed record AcmeSession(HttpClient Http, AcmeClient Client, AcmeAccountKey Key) : IDisposable
{
    public void Dispose()
    {
        Http.Dispose();
        Key.Dispose();
    }
}
