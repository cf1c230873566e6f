using System.Buffers.Text;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace IssuerGateway.Tls.Acme;

/// <summary>The requests of RFC 8555 towards one CA with one account; every failure is a result.</summary>
internal sealed class AcmeClient
{
    private readonly AcmeConnection connection;
    private readonly AcmeAccountKey key;

    private AcmeClient(AcmeConnection connection, AcmeDirectory directory, AcmeAccountKey key)
    {
        this.connection = connection;
        this.key = key;
        Directory = directory;
    }

    public AcmeDirectory Directory { get; }

    /// <summary>Names the account in every request but newAccount; set by <see cref="NewAccountAsync"/> or from what was stored.</summary>
    public string? AccountUrl { get; set; }

    public TimeSpan? ClockAhead => connection.ClockAhead;

    /// <summary>Reads the directory (§7.1.1).</summary>
    public static async Task<AcmeResult<AcmeClient>> ConnectAsync(
        HttpClient http, Uri directory, AcmeAccountKey key, TimeProvider time, CancellationToken cancellationToken)
    {
        AcmeConnection connection = new(http, time);
        AcmeResult<AcmeAnswer> answer = await connection.GetAsync(directory, cancellationToken);
        if (!answer.IsGood)
        {
            return answer.Problem;
        }

        AcmeResult<AcmeDirectory> parsed = AcmeConnection.Parse(answer.Value, directory, AcmeJson.Default.AcmeDirectory);
        return parsed.IsGood ? new AcmeClient(connection, parsed.Value, key) : parsed.Problem;
    }

    /// <summary>§7.3: the account of our key, made if it does not exist yet; the result is its URL.</summary>
    public async Task<AcmeResult<string>> NewAccountAsync(AcmeAccountRequest request, CancellationToken cancellationToken)
    {
        AccountUrl = null;
        AcmeResult<AcmeAnswer> answer = await PostAsync(Directory.NewAccount, JsonSerializer.SerializeToUtf8Bytes(request, AcmeJson.Default.AcmeAccountRequest), cancellationToken);
        if (!answer.IsGood)
        {
            return answer.Problem;
        }

        if (answer.Value.Location is not { } location)
        {
            return AcmeProblem.Of(AcmeProblemType.NotAcme, $"{Directory.NewAccount} answered without a Location");
        }

        AccountUrl = location.OriginalString;
        return AccountUrl;
    }

    /// <summary>§7.4.</summary>
    public async Task<AcmeResult<AcmeOrder>> NewOrderAsync(AcmeOrderRequest request, CancellationToken cancellationToken)
    {
        AcmeResult<AcmeOrder> order = await PostAsync(
            Directory.NewOrder, JsonSerializer.SerializeToUtf8Bytes(request, AcmeJson.Default.AcmeOrderRequest), AcmeJson.Default.AcmeOrder, WithHeaders, cancellationToken);
        return order is { IsGood: true, Value.Url: null }
            ? AcmeProblem.Of(AcmeProblemType.NotAcme, $"{Directory.NewOrder} answered without a Location")
            : order;
    }

    public async Task<AcmeResult<AcmeOrder>> GetOrderAsync(Uri url, CancellationToken cancellationToken)
    {
        AcmeResult<AcmeOrder> order = await PostAsync(url, [], AcmeJson.Default.AcmeOrder, WithHeaders, cancellationToken);
        return order.IsGood ? order.Value with { Url = url } : order;
    }

    /// <summary>§7.5.</summary>
    public Task<AcmeResult<AcmeAuthorization>> GetAuthorizationAsync(Uri url, CancellationToken cancellationToken) =>
        PostAsync(url, [], AcmeJson.Default.AcmeAuthorization, (authorization, answer) => authorization with { RetryAfter = answer.RetryAfter }, cancellationToken);

    /// <summary>§7.5.1: says that the challenge can be validated now.</summary>
    public Task<AcmeResult<AcmeChallenge>> AnswerAsync(AcmeChallenge challenge, CancellationToken cancellationToken) =>
        PostAsync(challenge.Url, "{}"u8.ToArray(), AcmeJson.Default.AcmeChallenge, (same, _) => same, cancellationToken);

    /// <summary>§7.4.</summary>
    public async Task<AcmeResult<AcmeOrder>> FinalizeAsync(AcmeOrder order, byte[] signingRequest, CancellationToken cancellationToken)
    {
        AcmeFinalizeRequest request = new() { Csr = Base64Url.EncodeToString(signingRequest) };
        AcmeResult<AcmeOrder> answer = await PostAsync(
            order.Finalize, JsonSerializer.SerializeToUtf8Bytes(request, AcmeJson.Default.AcmeFinalizeRequest), AcmeJson.Default.AcmeOrder, WithHeaders, cancellationToken);
        return answer.IsGood ? answer.Value with { Url = order.Url } : answer;
    }

    /// <summary>§7.4.2: the chain that the CA offers first, or the first one that leads to the preferred issuer.</summary>
    public async Task<AcmeResult<string>> DownloadAsync(Uri certificate, string? preferredChain, CancellationToken cancellationToken)
    {
        AcmeResult<AcmeAnswer> first = await PostAsync(certificate, [], cancellationToken);
        if (!first.IsGood)
        {
            return first.Problem;
        }

        string chain = Encoding.UTF8.GetString(first.Value.Body);
        if (preferredChain is null || LeadsTo(chain, preferredChain))
        {
            return chain;
        }

        foreach (Uri alternate in first.Value.Alternates)
        {
            AcmeResult<AcmeAnswer> other = await PostAsync(alternate, [], cancellationToken);
            if (other.IsGood && LeadsTo(Encoding.UTF8.GetString(other.Value.Body), preferredChain))
            {
                return Encoding.UTF8.GetString(other.Value.Body);
            }
        }

        return chain;
    }

    /// <summary>RFC 9773 §4.1; unauthenticated.</summary>
    public async Task<AcmeResult<RenewalInfo>> GetRenewalInfoAsync(string certificateIdentifier, CancellationToken cancellationToken)
    {
        if (CaUrl.Read($"{Directory.RenewalInfo!.OriginalString.TrimEnd('/')}/{certificateIdentifier}") is not { } url)
        {
            return AcmeProblem.Of(AcmeProblemType.NotAcme, "the renewalInfo of the CA's directory is no URL to which a path can be added");
        }

        AcmeResult<AcmeAnswer> answer = await connection.GetAsync(url, cancellationToken);
        if (!answer.IsGood)
        {
            return answer.Problem;
        }

        AcmeResult<RenewalInfo> info = AcmeConnection.Parse(answer.Value, url, AcmeJson.Default.RenewalInfo);
        return info.IsGood ? info.Value with { RetryAfter = answer.Value.RetryAfter } : info;
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

    private static AcmeOrder WithHeaders(AcmeOrder order, AcmeAnswer answer) => order with { Url = answer.Location, RetryAfter = answer.RetryAfter };

    private async Task<AcmeResult<T>> PostAsync<T>(Uri url, byte[] payload, JsonTypeInfo<T> type, Func<T, AcmeAnswer, T> withHeaders, CancellationToken cancellationToken)
        where T : class
    {
        AcmeResult<AcmeAnswer> answer = await PostAsync(url, payload, cancellationToken);
        if (!answer.IsGood)
        {
            return answer.Problem;
        }

        AcmeResult<T> parsed = AcmeConnection.Parse(answer.Value, url, type);
        return parsed.IsGood ? withHeaders(parsed.Value, answer.Value) : parsed;
    }

    private Task<AcmeResult<AcmeAnswer>> PostAsync(Uri url, byte[] payload, CancellationToken cancellationToken) =>
        connection.PostAsync(url, Directory.NewNonce, nonce => Jws.Sign(key, AccountUrl, nonce, url, payload), cancellationToken);
}
