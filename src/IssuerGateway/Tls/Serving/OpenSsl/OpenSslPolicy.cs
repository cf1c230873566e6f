using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace IssuerGateway.Tls.Serving.OpenSsl;

/// <summary>What OpenSSL is, of which the configuration depends.</summary>
/// <param name="HasHybridGroups">From 3.5 on: X25519MLKEM768, and <c>?</c> before a group that may be missing.</param>
/// <param name="IsFips">Whether the machine is in FIPS mode.</param>
internal sealed record OpenSslFacts(bool HasHybridGroups, bool IsFips);

/// <summary>
/// Adds the gateway's rules to the system's OpenSSL configuration: providers, engines and crypto policy of the system stay,
/// and of what they allow only AEAD suites and elliptic curves are used, the post-quantum hybrid first where there is one.
/// </summary>
internal static partial class OpenSslPolicy
{
    private const string Section = "issuer_gateway";

    private static readonly string[] ours = ["MinProtocol", "CipherString", "Ciphersuites", "Groups", "Curves"];

    /// <summary>Each group by all the names that configurations use for it. No finite-field group (D(HE)at).</summary>
    private static readonly string[][] groups =
    [
        ["X25519MLKEM768"], ["SecP256r1MLKEM768"], ["SecP384r1MLKEM1024"],
        ["X25519"], ["P-256", "secp256r1", "prime256v1"], ["P-384", "secp384r1"], ["P-521", "secp521r1"],
    ];

    private static readonly string[] standard = ["X25519MLKEM768", "X25519", "P-256", "P-384", "P-521"];

    /// <param name="carried">The program's own configuration (manifests/openssl.cnf).</param>
    /// <param name="system">The system's, with its path; null without one.</param>
    public static string Compose(OpenSslText carried, (string Path, OpenSslText Text)? system, OpenSslFacts facts)
    {
        IReadOnlyDictionary<string, string> rules = carried.SystemDefault;
        IReadOnlyDictionary<string, string> theirs = system?.Text.SystemDefault ?? new Dictionary<string, string>();
        string root = system?.Text.Root ?? "openssl_init";
        StringBuilder text = new();
        if (system is { } file)
        {
            // Later settings of a section win, so what follows adds to the system's sections.
            text.Append(CultureInfo.InvariantCulture, $".include {file.Path}\n");
        }

        text.Append(CultureInfo.InvariantCulture, $"[default]\nopenssl_conf = {root}\n[{root}]\nssl_conf = {Section}_ssl\n[{Section}_ssl]\nsystem_default = {Section}_tls\n[{Section}_tls]\n");
        foreach ((string name, string value) in theirs.Where(setting => !ours.Contains(setting.Key, StringComparer.OrdinalIgnoreCase)))
        {
            text.Append(CultureInfo.InvariantCulture, $"{name} = {value}\n");
        }

        string minimum = theirs.GetValueOrDefault("MinProtocol") == "TLSv1.3" ? "TLSv1.3" : rules["MinProtocol"];
        string level = theirs.TryGetValue("CipherString", out string? suites) && SecurityLevel().Match(suites) is { Success: true } match ? $":{match.Value}" : "";
        text.Append(CultureInfo.InvariantCulture, $"MinProtocol = {minimum}\n");
        text.Append(CultureInfo.InvariantCulture, $"CipherString = {rules["CipherString"]}{level}\n");
        text.Append(CultureInfo.InvariantCulture, $"Ciphersuites = {Allowed(rules["Ciphersuites"], theirs.GetValueOrDefault("Ciphersuites"))}\n");
        text.Append(CultureInfo.InvariantCulture, $"Groups = {GroupsOf(theirs.GetValueOrDefault("Groups") ?? theirs.GetValueOrDefault("Curves"), facts with { IsFips = facts.IsFips || system?.Text.IsFips == true })}\n");
        return text.ToString();
    }

    private static string GroupsOf(string? theirs, OpenSslFacts facts)
    {
        string[] policy = [.. (theirs ?? "").Split([':', '/'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .Select(name => NameOf(name.TrimStart('?', '*'))).OfType<string>().Distinct()];

        // A policy that allows none of ours would leave no TLS at all.
        IEnumerable<string> allowed = policy.Length > 0 ? policy.OrderByDescending(IsHybrid) : standard;

        // Before 3.5 a name that the library does not know makes it reject the whole list.
        return string.Join(':', facts.HasHybridGroups
            ? allowed.Select(name => name.StartsWith("P-", StringComparison.Ordinal) ? name : $"?{name}")
            : allowed.Where(name => !IsHybrid(name) && !(facts.IsFips && name == "X25519")));
    }

    private static bool IsHybrid(string name) => name.Contains("MLKEM", StringComparison.Ordinal);

    private static string? NameOf(string name) => groups.FirstOrDefault(names => names.Contains(name, StringComparer.OrdinalIgnoreCase))?[0];

    private static string Allowed(string rules, string? theirs)
    {
        string[] both = [.. rules.Split(':').Where(name => theirs is null || theirs.Split(':').Contains(name, StringComparer.Ordinal))];
        return both.Length > 0 ? string.Join(':', both) : rules;
    }

    [GeneratedRegex("@SECLEVEL=[0-5]")]
    private static partial Regex SecurityLevel();
}
