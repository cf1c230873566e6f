using System.Buffers.Text;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using IssuerGateway.Acme.Signing;

namespace IssuerGateway.Acme;

/// <summary>The requests of RFC 8555 towards one CA with one account; every failure is a result.</summary>
public sealed class AcmeClient
{
    private const string CertificateChain = "application/pem-certificate-chain";

    private readonly AcmeConnection connection;

    private AcmeClient(AcmeConnection connection, AcmeDirectory directory, AcmeAccountKey key)
    {
        this.connection = connection;
        Key = key;
        Directory = directory;
    }

    public AcmeDirectory Directory { get; }

    /// <summary>Signs every request.</summary>
    public AcmeAccountKey Key { get; set; }

    /// <summary>Names the account in every request but newAccount; set by <see cref="NewAccountAsync"/> or from what was stored.</summary>
    public string? AccountUrl { get; set; }

    public TimeSpan? ClockAhead => connection.ClockAhead;

    /// <summary>Reads the directory (§7.1.1).</summary>
    public static async Task<AcmeResult<AcmeClient>> ConnectAsync(
        HttpClient http, Uri directory, AcmeAccountKey key, TimeProvider time, CancellationToken cancellationToken)
    {
        AcmeConnection connection = new(http, time);
        AcmeResult<AcmeDirectory> known = await ReadDirectoryAsync(connection, directory, cancellationToken);
        return known.IsSuccess ? new AcmeClient(connection, known.Value, key) : known.Problem;
    }

    /// <summary>§7.3: the account of our key, made if it does not exist yet; the result is its URL.</summary>
    public async Task<AcmeResult<string>> NewAccountAsync(AcmeAccountRequest request, CancellationToken cancellationToken)
    {
        AccountUrl = null;
        AcmeResult<AcmeResponse> response = await PostAsync(Directory.NewAccount, JsonSerializer.SerializeToUtf8Bytes(request, AcmeJson.Default.AcmeAccountRequest), accept: null, cancellationToken);
        if (!response.IsSuccess)
        {
            return response.Problem;
        }

        if (response.Value.Location is not { } location)
        {
            return AcmeProblem.Of(AcmeProblemType.NotAcme, $"{Directory.NewAccount} responded without a Location");
        }

        AccountUrl = location.OriginalString;
        return AccountUrl;
    }

    /// <summary>§7.4.</summary>
    public async Task<AcmeResult<AcmeOrder>> NewOrderAsync(AcmeOrderRequest request, CancellationToken cancellationToken)
    {
        AcmeResult<AcmeOrder> order = await PostAsync(
            Directory.NewOrder, JsonSerializer.SerializeToUtf8Bytes(request, AcmeJson.Default.AcmeOrderRequest), AcmeJson.Default.AcmeOrder, WithHeaders, cancellationToken);
        return order is { IsSuccess: true, Value.Url: null }
            ? AcmeProblem.Of(AcmeProblemType.NotAcme, $"{Directory.NewOrder} responded without a Location")
            : order;
    }

    public async Task<AcmeResult<AcmeOrder>> GetOrderAsync(Uri url, CancellationToken cancellationToken)
    {
        AcmeResult<AcmeOrder> order = await PostAsync(url, [], AcmeJson.Default.AcmeOrder, WithHeaders, cancellationToken);
        return order.IsSuccess ? order.Value with { Url = url } : order;
    }

    /// <summary>§7.5.</summary>
    public Task<AcmeResult<AcmeAuthorization>> GetAuthorizationAsync(Uri url, CancellationToken cancellationToken) =>
        PostAsync(url, [], AcmeJson.Default.AcmeAuthorization, (authorization, response) => authorization with { RetryAfter = response.RetryAfter }, cancellationToken);

    /// <summary>§7.5.1: tells the CA that the challenge can be validated now.</summary>
    public Task<AcmeResult<AcmeChallenge>> StartAsync(AcmeChallenge challenge, CancellationToken cancellationToken) =>
        PostAsync(challenge.Url, "{}"u8.ToArray(), AcmeJson.Default.AcmeChallenge, (started, response) => started with { RetryAfter = response.RetryAfter }, cancellationToken);

    /// <summary>§7.4.</summary>
    public async Task<AcmeResult<AcmeOrder>> FinalizeAsync(AcmeOrder order, byte[] signingRequest, CancellationToken cancellationToken)
    {
        AcmeFinalizeRequest request = new() { Csr = Base64Url.EncodeToString(signingRequest) };
        AcmeResult<AcmeOrder> response = await PostAsync(
            order.Finalize, JsonSerializer.SerializeToUtf8Bytes(request, AcmeJson.Default.AcmeFinalizeRequest), AcmeJson.Default.AcmeOrder, WithHeaders, cancellationToken);
        return response.IsSuccess ? response.Value with { Url = order.Url } : response;
    }

    /// <summary>§7.4.2: the chain that the CA offers first, or the first one that leads to the preferred issuer.</summary>
    public async Task<AcmeResult<string>> DownloadAsync(Uri certificate, string? preferredChain, CancellationToken cancellationToken)
    {
        AcmeResult<AcmeResponse> first = await PostAsync(certificate, [], CertificateChain, cancellationToken);
        if (!first.IsSuccess)
        {
            return first.Problem;
        }

        string chain = Encoding.UTF8.GetString(first.Value.Body);
        if (!chain.Contains("-----BEGIN CERTIFICATE-----", StringComparison.Ordinal))
        {
            return AcmeProblem.Of(AcmeProblemType.NotAcme, $"{certificate} responded with {first.Value.ContentType ?? "no content type"} without a PEM certificate, not {CertificateChain}");
        }

        foreach (Uri alternate in preferredChain is null || LeadsTo(chain, preferredChain) ? [] : first.Value.Alternates)
        {
            AcmeResult<AcmeResponse> other = await PostAsync(alternate, [], CertificateChain, cancellationToken);
            if (other.IsSuccess && LeadsTo(Encoding.UTF8.GetString(other.Value.Body), preferredChain!))
            {
                return Encoding.UTF8.GetString(other.Value.Body);
            }
        }

        return chain;
    }

    /// <summary>§7.3.2: the account as the CA has it.</summary>
    public Task<AcmeResult<AcmeAccount>> GetAccountAsync(CancellationToken cancellationToken) =>
        PostAsync(new Uri(AccountUrl!), [], AcmeJson.Default.AcmeAccount, (same, _) => same, cancellationToken);

    /// <summary>§7.3.2.</summary>
    public Task<AcmeResult<AcmeAccount>> UpdateContactAsync(IReadOnlyList<string> contact, CancellationToken cancellationToken) =>
        PostAsync(new Uri(AccountUrl!), JsonSerializer.SerializeToUtf8Bytes(new AcmeAccountRequest { Contact = contact }, AcmeJson.Default.AcmeAccountRequest),
            AcmeJson.Default.AcmeAccount, (same, _) => same, cancellationToken);

    /// <summary>§7.3.5: replaces the key of the account. Null when the CA has done so; this client then signs with the old key no more.</summary>
    public async Task<AcmeProblem?> ChangeKeyAsync(AcmeAccountKey newKey, CancellationToken cancellationToken)
    {
        if (Directory.KeyChange is not { } url)
        {
            return AcmeProblem.Of(AcmeProblemType.Unsupported, "the CA has no keyChange in its directory");
        }

        byte[] inner = JsonSerializer.SerializeToUtf8Bytes(Jws.ChangeKey(newKey, Key, AccountUrl!, url), AcmeJson.Default.JwsMessage);
        return (await PostAsync(url, inner, accept: null, cancellationToken)).Problem;
    }

    /// <summary>§7.6, signed by the account that ordered it. Null when revoked.</summary>
    /// <param name="reason">RFC 5280 §5.3.1.</param>
    public async Task<AcmeProblem?> RevokeAsync(X509Certificate2 certificate, int reason, CancellationToken cancellationToken)
    {
        if (Directory.RevokeCert is not { } url)
        {
            return AcmeProblem.Of(AcmeProblemType.Unsupported, "the CA has no revokeCert in its directory");
        }

        AcmeRevocation revocation = new() { Certificate = Base64Url.EncodeToString(certificate.RawData), Reason = reason };
        AcmeProblem? problem = (await PostAsync(url, JsonSerializer.SerializeToUtf8Bytes(revocation, AcmeJson.Default.AcmeRevocation), accept: null, cancellationToken)).Problem;
        return problem?.Type == AcmeProblemType.AlreadyRevoked ? null : problem;
    }

    /// <summary>§7.5.2: gives up an authorization that nobody will use, so that it does not count against the CA's limit of pending ones.</summary>
    public async Task<AcmeProblem?> DeactivateAsync(Uri authorization, CancellationToken cancellationToken) =>
        (await PostAsync(authorization, JsonSerializer.SerializeToUtf8Bytes(new AcmeDeactivation(), AcmeJson.Default.AcmeDeactivation), accept: null, cancellationToken)).Problem;

    /// <summary>RFC 9773 §4.1: without an account.</summary>
    public static async Task<AcmeResult<RenewalInfo>> GetRenewalInfoAsync(
        HttpClient http, Uri directory, string certificateIdentifier, TimeProvider time, CancellationToken cancellationToken)
    {
        AcmeConnection connection = new(http, time);
        AcmeResult<AcmeDirectory> known = await ReadDirectoryAsync(connection, directory, cancellationToken);
        if (!known.IsSuccess)
        {
            return known.Problem;
        }

        if (known.Value.RenewalInfo is not { } renewalInfo)
        {
            return AcmeProblem.Of(AcmeProblemType.Unsupported, "the CA has no renewal information");
        }

        if (CaUrl.Read($"{renewalInfo.OriginalString.TrimEnd('/')}/{certificateIdentifier}") is not { } url)
        {
            return AcmeProblem.Of(AcmeProblemType.NotAcme, "the renewalInfo of the CA's directory is no URL to which a path can be added");
        }

        AcmeResult<AcmeResponse> response = await connection.GetAsync(url, cancellationToken);
        if (!response.IsSuccess)
        {
            return response.Problem;
        }

        AcmeResult<RenewalInfo> info = AcmeConnection.Parse(response.Value, url, AcmeJson.Default.RenewalInfo);
        return info.IsSuccess ? info.Value with { RetryAfter = response.Value.RetryAfter } : info;
    }

    /// <summary>Whether a chain ends at the issuer with this common name.</summary>
    public static bool LeadsTo(string chainPem, string issuer)
    {
        X509Certificate2Collection chain = [];
        try
        {
            chain.ImportFromPem(chainPem);
        }
        catch (CryptographicException)
        {
            return false;
        }

        return chain.Count > 0 && chain[^1].GetNameInfo(X509NameType.SimpleName, forIssuer: true) == issuer;
    }

    private static AcmeOrder WithHeaders(AcmeOrder order, AcmeResponse response) => order with { Url = response.Location, RetryAfter = response.RetryAfter };

    private async Task<AcmeResult<T>> PostAsync<T>(Uri url, byte[] payload, JsonTypeInfo<T> type, Func<T, AcmeResponse, T> withHeaders, CancellationToken cancellationToken)
        where T : class
    {
        AcmeResult<AcmeResponse> response = await PostAsync(url, payload, accept: null, cancellationToken);
        if (!response.IsSuccess)
        {
            return response.Problem;
        }

        AcmeResult<T> parsed = AcmeConnection.Parse(response.Value, url, type);
        return parsed.IsSuccess ? withHeaders(parsed.Value, response.Value) : parsed;
    }

    private Task<AcmeResult<AcmeResponse>> PostAsync(Uri url, byte[] payload, string? accept, CancellationToken cancellationToken) =>
        connection.PostAsync(url, Directory.NewNonce, nonce => Jws.Sign(Key, AccountUrl, nonce, url, payload), accept, cancellationToken);

    private static async Task<AcmeResult<AcmeDirectory>> ReadDirectoryAsync(AcmeConnection connection, Uri url, CancellationToken cancellationToken)
    {
        AcmeResult<AcmeResponse> response = await connection.GetAsync(url, cancellationToken);
        return response.IsSuccess ? AcmeConnection.Parse(response.Value, url, AcmeJson.Default.AcmeDirectory) : response.Problem;
    }
}
