using IssuerGateway.Acme;
using IssuerGateway.Acme.Signing;
using IssuerGateway.Configuration;

namespace IssuerGateway.Tls.Issuance;

/// <summary>Where account, orders and certificates are kept.</summary>
internal enum AcmeStoreKind
{
    /// <summary>A directory that survives restarts; for one gateway.</summary>
    Directory,

    /// <summary>Secrets and a Lease of the cluster; for any number of replicas.</summary>
    Secrets,
}

/// <summary>From whom certificates are ordered, how control of the hosts is shown, and where everything is kept.</summary>
internal sealed record AcmeSettings
{
    private const string LetsEncrypt = "https://acme-v02.api.letsencrypt.org/directory";

    /// <summary><c>Tls:Acme:Directory</c>: URL of the CA's directory, default Let's Encrypt. Another one means another account and new certificates.</summary>
    public required Uri Directory { get; init; }

    /// <summary>Whether certificates come from the CA that the default names, which is publicly trusted.</summary>
    public bool IsDefaultDirectory => Directory.OriginalString == LetsEncrypt;

    /// <summary><c>Tls:Acme:AcceptTerms</c>: that you agree to the CA's terms of service, required with ACME, for every CA.</summary>
    public required bool AcceptTerms { get; init; }

    /// <summary><c>Tls:Acme:Contacts</c>: mail addresses for the CA, default none.</summary>
    public required IReadOnlyList<string> Contacts { get; init; }

    /// <summary><c>Tls:Acme:Challenges</c>: http-01, tls-alpn-01, in the order to try, default both. DNS-01 is not supported.</summary>
    public required IReadOnlyList<string> Challenges { get; init; }

    /// <summary><c>Tls:Acme:Eab:KeyId</c>: identifier of an external account, when the CA wants one.</summary>
    public required string? EabKeyId { get; init; }

    /// <summary><c>Tls:Acme:Eab:HmacKeyFile</c>: file with the base64url key of the external account.</summary>
    public required string? EabHmacKeyFile { get; init; }

    /// <summary><c>Tls:Acme:Profile</c>: kind of certificate, for example shortlived, default the CA's own.</summary>
    public required string? Profile { get; init; }

    /// <summary><c>Tls:Acme:PreferredChain</c>: common name of the root that the chain should lead to, default what the CA offers first.</summary>
    public required string? PreferredChain { get; init; }

    /// <summary><c>Tls:Acme:KeyType</c>: P256 (default) or Rsa2048; fresh for each certificate.</summary>
    public required LeafKeyType KeyType { get; init; }

    /// <summary><c>Tls:Acme:AccountKeyType</c>: P256 (default) or Rsa2048, the kind of a new account key; a CA that rejects P-256 gets RSA by itself.</summary>
    public required LeafKeyType AccountKeyType { get; init; }

    /// <summary><c>Tls:Acme:CaFile</c>: PEM roots that the CA's own HTTPS may lead to besides those of the machine, default none.</summary>
    public required string? CaFile { get; init; }

    /// <summary><c>Tls:Acme:Proxy</c>: URL of an HTTP proxy on the way to the CA, default none; variables of the environment are not looked at.</summary>
    public required Uri? Proxy { get; init; }

    /// <summary><c>Tls:Acme:ExtraNames</c>: hosts that get a certificate besides those of the issuers, default none.</summary>
    public required IReadOnlyList<string> ExtraNames { get; init; }

    /// <summary><c>Tls:Acme:Store</c>: Directory (default) or Secrets.</summary>
    public required AcmeStoreKind Store { get; init; }

    /// <summary><c>Tls:Acme:StoreDirectory</c>: with Directory, where everything is kept; losing it costs an account and rate limits.</summary>
    public required string StoreDirectory { get; init; }

    /// <summary><c>Tls:Acme:SecretPrefix</c>: with Secrets, how their names and the Lease's begin, default issuer-gateway.</summary>
    public required string SecretPrefix { get; init; }

    /// <param name="isUsed">Whether <c>Tls:Mode</c> is Acme: only then something can be missing.</param>
    public static AcmeSettings Read(SettingsReader reader, bool isUsed)
    {
        SettingsReader eab = reader.Section("Eab");
        AcmeSettings settings = new()
        {
            Directory = Url(reader, "Directory", LetsEncrypt, "https")!,
            AcceptTerms = reader.Flag("AcceptTerms", fallback: false),
            Contacts = ReadContacts(reader),
            Challenges = ReadChallenges(reader),
            EabKeyId = eab.Text("KeyId"),
            EabHmacKeyFile = eab.Text("HmacKeyFile"),
            Profile = reader.Text("Profile"),
            PreferredChain = reader.Text("PreferredChain"),
            KeyType = reader.Choice("KeyType", LeafKeyType.P256),
            AccountKeyType = reader.Choice("AccountKeyType", LeafKeyType.P256),
            CaFile = reader.Text("CaFile"),
            Proxy = Url(reader, "Proxy", null, "http"),
            ExtraNames = ReadNames(reader),
            Store = reader.Choice("Store", AcmeStoreKind.Directory),
            StoreDirectory = reader.Text("StoreDirectory") ?? "",
            SecretPrefix = reader.Text("SecretPrefix", "issuer-gateway")!,
        };
        if (isUsed)
        {
            CheckStore(reader, settings);
            CheckTerms(reader, settings);
        }

        if (settings.EabKeyId is null != settings.EabHmacKeyFile is null)
        {
            reader.Fail("Eab", "one of KeyId and HmacKeyFile", "both or none", "take both from the account page of the CA");
        }

        return settings;
    }

    /// <summary>The names that get a certificate, each its own.</summary>
    public IReadOnlyList<string> Names(IReadOnlyList<string> hosts) => [.. hosts.Concat(ExtraNames).Distinct(StringComparer.Ordinal)];

    private static void CheckStore(SettingsReader reader, AcmeSettings settings)
    {
        if (settings.Store == AcmeStoreKind.Directory && settings.StoreDirectory.Length == 0)
        {
            reader.Fail("StoreDirectory", "nothing", "a directory that survives restarts",
                $"set {reader.KeyOf("StoreDirectory")}, for example to a directory below StateDirectory, or {reader.KeyOf("Store")} to Secrets");
        }
    }

    private static void CheckTerms(SettingsReader reader, AcmeSettings settings)
    {
        if (!settings.AcceptTerms)
        {
            reader.Fail("AcceptTerms", "false", "true: a CA issues only to those who agree to its terms of service",
                $"read the terms of {settings.Directory.Host} and set {reader.KeyOf("AcceptTerms")} to true; also for a CA that has none");
        }
    }

    // RFC 8555 §7.3: one address each, no header fields.
    private static string[] ReadContacts(SettingsReader reader)
    {
        List<string> contacts = [];
        foreach (string text in reader.Texts("Contacts"))
        {
            string address = text.StartsWith("mailto:", StringComparison.OrdinalIgnoreCase) ? text["mailto:".Length..] : text;
            if (IsAddress(address))
            {
                contacts.Add($"mailto:{address}");
            }
            else
            {
                reader.Fail("Contacts", $"\"{text}\"", "one mail address, such as ops@example.com", $"correct or remove it in {reader.KeyOf("Contacts")}");
            }
        }

        return [.. contacts.Distinct()];
    }

    private static bool IsAddress(string address) =>
        address.Split('@') is [{ Length: > 0 and <= 64 } local, { } domain] && IsName(domain.ToLowerInvariant())
        && local.All(c => char.IsAsciiLetterOrDigit(c) || ".!#$&'*+-/=^_`{|}~".Contains(c, StringComparison.Ordinal)) && local[0] != '.' && local[^1] != '.';

    private static string[] ReadChallenges(SettingsReader reader)
    {
        string[] known = [AcmeChallenge.Http01, AcmeChallenge.TlsAlpn01];
        IReadOnlyList<string> texts = reader.Texts("Challenges");
        foreach (string unknown in texts.Where(text => !known.Contains(text)))
        {
            reader.Fail("Challenges", $"\"{unknown}\"", "http-01 or tls-alpn-01",
                unknown == "dns-01" ? "DNS-01 is not supported; let cert-manager order and set Tls:Mode to Secrets" : $"remove {reader.KeyOf("Challenges")} for both");
        }

        return texts.Count == 0 ? known : [.. texts.Where(known.Contains).Distinct()];
    }

    private static string[] ReadNames(SettingsReader reader)
    {
        IReadOnlyList<string> names = reader.Texts("ExtraNames");
        foreach (string wrong in names.Where(name => !IsName(name)))
        {
            reader.Fail("ExtraNames", $"\"{wrong}\"", "a DNS name in lower case, such as origin.example.com",
                wrong.StartsWith('*') ? "wildcards need DNS-01, which is not supported; name each host" : "write the name as it stands in DNS (internationalized names as xn--…)");
        }

        return [.. names.Where(IsName)];
    }

    private static bool IsName(string name) =>
        name.Length <= 253 && name.Split('.') is { Length: >= 2 } labels
        && labels.All(label => label.Length is > 0 and <= 63 && label[0] != '-' && label[^1] != '-' && label.All(c => c is (>= 'a' and <= 'z') or (>= '0' and <= '9') or '-'))
        && !labels[^1].All(char.IsAsciiDigit);

    private static Uri? Url(SettingsReader reader, string key, string? fallback, string scheme)
    {
        string? text = reader.Text(key, fallback);
        if (text is null || (Uri.TryCreate(text, UriKind.Absolute, out Uri? url) && url.Scheme == scheme && url.UserInfo.Length == 0))
        {
            return text is null ? null : new Uri(text);
        }

        // Never the user name and password, which an operator may have put there.
        string shown = text.LastIndexOf('@') is >= 0 and var at ? $"***{text[at..]}" : text;
        reader.Fail(key, $"\"{shown}\"", $"an {scheme} URL without user name", $"remove {reader.KeyOf(key)} for the default of {fallback ?? "none"}");
        return fallback is null ? null : new Uri(fallback);
    }
}
