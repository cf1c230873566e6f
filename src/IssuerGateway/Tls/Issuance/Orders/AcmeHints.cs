using IssuerGateway.Acme;

namespace IssuerGateway.Tls.Issuance.Orders;

/// <summary>What an operator can do about a problem: every type that a CA or the way to it can end in, with its key or host.</summary>
internal static class AcmeHints
{
    public const string StoreHint = "make the store writable (Tls:Acme:Store, Tls:Acme:StoreDirectory; with Secrets the Role of the gateway)";

    public static string For(AcmeProblem problem, string host, AcmeSettings settings) => problem.Type switch
    {
        AcmeProblemType.Unreachable when settings.Proxy is { } proxy => $"see whether the proxy {proxy.GetComponents(UriComponents.SchemeAndServer, UriFormat.UriEscaped)} (Tls:Acme:Proxy) can be reached from here and opens connections to {settings.Directory.Authority}",
        AcmeProblemType.Unreachable => $"see whether {settings.Directory.Host} can be reached from here: name, firewall, or a proxy to be set as Tls:Acme:Proxy",
        AcmeProblemType.Untrusted when problem.Detail.Contains("NotTimeValid", StringComparison.Ordinal) => "correct the clock of this machine; if it is right, the CA's own certificate has expired",
        AcmeProblemType.Untrusted when settings.CaFile is { } file => $"add the root of the CA's own certificate to {file} (Tls:Acme:CaFile), which is read again at each attempt; if the CA has not changed it, something on the way replaces certificates",
        AcmeProblemType.Untrusted => "for a private CA set Tls:Acme:CaFile to its root; otherwise something on the way replaces certificates",
        AcmeProblemType.NotAcme => "set Tls:Acme:Directory to the URL of the CA's ACME directory; a proxy or portal may be responding in its place",
        AcmeProblemType.Unavailable or "serverInternal" => "nothing to do here: the CA has a fault, and the gateway retries",
        IssuanceProblem.Settings => "correct the setting; files are read again at each attempt",
        "externalAccountRequired" => "set Tls:Acme:Eab:KeyId and Tls:Acme:Eab:HmacKeyFile to what the CA gave you",
        "userActionRequired" => "the CA's terms have changed; agree to them as its message describes",
        "invalidContact" or "unsupportedContact" => "correct Tls:Acme:Contacts",
        IssuanceProblem.InvalidProfile => "set Tls:Acme:Profile to one of the CA's profiles, or remove it",
        "dns" => $"let {host} resolve to this gateway in public DNS",
        "connection" or "tls" or "unauthorized" or "incorrectResponse" when problem.Detail.Contains("https://", StringComparison.Ordinal) && problem.Detail.Contains("/.well-known/acme-challenge/", StringComparison.Ordinal) =>
            $"port 80 of {host} redirects to https: forward /.well-known/acme-challenge/ to Edge:HttpPort instead, or let port 443 lead to Edge:HttpsPort, where the challenge is served as well",
        "connection" or "tls" => $"let the CA reach {host} on port 80 (http-01, to Edge:HttpPort) or 443 (tls-alpn-01, to Edge:HttpsPort)",
        "unauthorized" or "incorrectResponse" when problem.Status == 0 => $"see that {host} leads to this gateway on port 80 (http-01) or 443 (tls-alpn-01): something else responds there, or nothing",
        "unauthorized" => "the CA does not accept the account or Tls:Acme:Eab; correct KeyId and HmacKeyFile, or allow the host for the account at the CA",
        "caa" => $"allow the CA in the CAA record of {host}",
        "rejectedIdentifier" => $"the CA does not issue for {host}; use another CA or another host",
        AcmeProblemType.RateLimited => "wait; try changes with the CA's staging directory first (Tls:Acme:Directory)",
        AcmeProblemType.AccountDoesNotExist => "nothing to do: the next attempt registers the account again",
        AcmeProblemType.BadNonce => "something between here and the CA caches responses; let it pass them through",
        IssuanceProblem.StillProcessing => "nothing to do: the order is taken up again",
        IssuanceProblem.StoreNotWritable => StoreHint,
        IssuanceProblem.NoUsableChallenge => "allow another challenge in Tls:Acme:Challenges, or use a CA that offers http-01 or tls-alpn-01",
        AcmeProblemType.Unsupported => "nothing to do: the CA does not offer it",
        _ => "see the CA's message; the next attempt follows by itself",
    };
}
