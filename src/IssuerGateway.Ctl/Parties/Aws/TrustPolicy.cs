using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using IssuerGateway.Ctl.Parties.Verification;

namespace IssuerGateway.Ctl.Parties.Aws;

/// <summary>
/// Evaluates the trust policy of a role for AssumeRoleWithWebIdentity as IAM does (IAM User Guide, "Policy evaluation logic"), as
/// far as the token decides. Unknown is what depends on something else: another condition key, operator or policy variable.
/// </summary>
internal sealed class TrustPolicy(JsonNode? document, string providerArn, string providerName)
{
    private const string Action = "sts:AssumeRoleWithWebIdentity";

    private readonly JsonObject[] statements = [.. (document?["Statement"] switch
    {
        JsonArray list => list.OfType<JsonObject>(),
        JsonObject one => [one],
        _ => [],
    }).Where(HasAction)];

    /// <summary>Whether any statement is about the action at all.</summary>
    public bool HasStatements => statements.Length > 0;

    public bool NamesProvider => statements.Any(IsOfProvider);

    public IEnumerable<string> Principals => statements.SelectMany(each => ExportedFile.Texts(ExportedFile.At(each, "Principal", "Federated"))).Distinct();

    /// <summary>The values that conditions demand of a claim, for messages.</summary>
    public IEnumerable<string> ValuesOf(string claim) => statements.SelectMany(each => (each["Condition"] as JsonObject ?? []).Select(entry => entry.Value).OfType<JsonObject>())
        .SelectMany(keys => keys.Where(key => IsKey(key.Key, claim))).SelectMany(key => ExportedFile.Texts(key.Value)).Distinct();

    /// <summary>Whether a token with these claims is admitted; absent when something else decides.</summary>
    public bool? Admits(string subject, string audience)
    {
        bool?[] allowed = [.. statements.Where(each => Effect(each) == "Allow" && IsOfProvider(each)).Select(each => Holds(each, subject, audience))];
        bool?[] denied = [.. statements.Where(each => Effect(each) == "Deny" && IsOfProvider(each)).Select(each => Holds(each, subject, audience))];
        return denied.Contains(true) || allowed.All(each => each == false) ? false
            : allowed.Contains(true) && denied.All(each => each == false) ? true
            : null;
    }

    private static string? Effect(JsonObject statement) => ExportedFile.Text(statement["Effect"]);

    private static bool HasAction(JsonObject statement) => ExportedFile.Texts(statement["Action"]).Any(action => Like(Action, action, ignoreCase: true));

    private bool IsOfProvider(JsonObject statement) => ExportedFile.Text(statement["Principal"]) == "*"
        || ExportedFile.Texts(ExportedFile.At(statement, "Principal", "Federated")).Any(principal => principal == providerArn || principal == "*");

    // Every operator and key of a block has to hold; one value of a key is enough.
    private bool? Holds(JsonObject statement, string subject, string audience)
    {
        bool?[] parts = [.. (statement["Condition"] as JsonObject ?? []).SelectMany(block => (block.Value as JsonObject ?? []).Select(key => Holds(block.Key, key.Key, ExportedFile.Texts(key.Value), subject, audience)))];
        return parts.Contains(false) ? false : parts.Contains(null) ? null : true;
    }

    private bool? Holds(string condition, string key, IReadOnlyList<string> values, string subject, string audience)
    {
        string? claim = IsKey(key, "sub") ? subject : IsKey(key, "aud") ? audience : null;
        if (claim is null || values.Any(value => value.Contains("${", StringComparison.Ordinal)))
        {
            return null;
        }

        // Of one value ForAnyValue and ForAllValues are the same, and the key is there, so IfExists changes nothing.
        string name = condition[(condition.IndexOf(':', StringComparison.Ordinal) + 1)..];
        name = name.EndsWith("IfExists", StringComparison.OrdinalIgnoreCase) ? name[..^"IfExists".Length] : name;
        return name.ToUpperInvariant() switch
        {
            "STRINGEQUALS" => values.Contains(claim, StringComparer.Ordinal),
            "STRINGNOTEQUALS" => !values.Contains(claim, StringComparer.Ordinal),
            "STRINGEQUALSIGNORECASE" => values.Contains(claim, StringComparer.OrdinalIgnoreCase),
            "STRINGNOTEQUALSIGNORECASE" => !values.Contains(claim, StringComparer.OrdinalIgnoreCase),
            "STRINGLIKE" => values.Any(value => Like(claim, value, ignoreCase: false)),
            "STRINGNOTLIKE" => !values.Any(value => Like(claim, value, ignoreCase: false)),
            _ => null,
        };
    }

    // Condition keys are compared without regard to case.
    private bool IsKey(string key, string claim) => string.Equals(key, $"{providerName}:{claim}", StringComparison.OrdinalIgnoreCase);

    private static bool Like(string text, string pattern, bool ignoreCase) => Regex.IsMatch(text,
        $@"\A{Regex.Escape(pattern).Replace(@"\*", ".*", StringComparison.Ordinal).Replace(@"\?", ".", StringComparison.Ordinal)}\z",
        RegexOptions.NonBacktracking | RegexOptions.Singleline | (ignoreCase ? RegexOptions.IgnoreCase | RegexOptions.CultureInvariant : RegexOptions.None));
}
