using System.Text.Json;

namespace IssuerGateway.Issuers;

/// <summary>A discovery document (OIDC Discovery §3) as received: its bytes, and where in them the two URLs stand.</summary>
public sealed class DiscoveryDocument
{
    public const string IssuerMember = "issuer";
    public const string KeySetUriMember = "jwks_uri";
    public const string AlgorithmsMember = "id_token_signing_alg_values_supported";

    /// <summary>The other members that a Kubernetes API server writes, with the one value that it gives them, in its order.</summary>
    private static readonly (string Name, string Value)[] ofKubernetes =
    [
        ("response_types_supported", """["id_token"]"""),
        ("subject_types_supported", """["public"]"""),
    ];

    private DiscoveryDocument(ReadOnlyMemory<byte> bytes) => Bytes = bytes;

    public ReadOnlyMemory<byte> Bytes { get; }

    /// <summary>The <c>issuer</c>, or null when it is absent or not a string.</summary>
    public string? Issuer { get; private init; }

    public string? KeySetUri { get; private init; }

    public IReadOnlyList<string> Algorithms { get; private init; } = [];

    /// <summary>Each member with its value in the one spelling by which values are compared (<see cref="CanonicalJson"/>).</summary>
    public IReadOnlyDictionary<string, string> Members { get; private init; } = new Dictionary<string, string>();

    /// <summary>Members whose value is an empty string or an empty array, or an array with an empty string in it.</summary>
    public IReadOnlyList<string> EmptyMembers { get; private init; } = [];

    /// <summary>Names of members that only a private or symmetric key has, at any depth; never their values.</summary>
    public IReadOnlyList<string> PrivateMembers { get; private init; } = [];

    public static DiscoveryDocument? Parse(ReadOnlyMemory<byte> bytes, out Finding? fault)
    {
        using JsonDocument? json = StrictJson.ParseObject(bytes, out string? reason);
        if (json is null)
        {
            fault = Finding.Error("discovery-malformed", $"discovery document: {reason}",
                "fetch it from the API server with kubectl get --raw /.well-known/openid-configuration; something in between responds instead");
            return null;
        }

        fault = null;
        JsonElement root = json.RootElement;
        return new DiscoveryDocument(bytes)
        {
            Issuer = StrictJson.TextOf(root, IssuerMember),
            KeySetUri = StrictJson.TextOf(root, KeySetUriMember),
            Algorithms = root.TryGetProperty(AlgorithmsMember, out JsonElement algorithms) && algorithms.ValueKind == JsonValueKind.Array
                ? [.. algorithms.EnumerateArray().Where(IsText).Select(algorithm => algorithm.GetString()!)]
                : [],
            Members = root.EnumerateObject().ToDictionary(member => member.Name, member => CanonicalJson.Of(member.Value), StringComparer.Ordinal),
            EmptyMembers = [.. root.EnumerateObject().Where(member => IsEmpty(member.Value)).Select(member => member.Name)],
            PrivateMembers = StrictJson.PrivateMembers(root),
        };
    }

    public static bool IsOfKubernetes(string member) => ofKubernetes.Any(known => known.Name == member);

    public static string? ValueOfKubernetes(string member) => ofKubernetes.FirstOrDefault(known => known.Name == member).Value;

    /// <summary>A document of these members, in the form and order in which the API server writes it; the algorithms are still to be set.</summary>
    public static DiscoveryDocument Of(string issuer, string keySetUri, IReadOnlyDictionary<string, string> others)
    {
        IEnumerable<string> inOrder = [.. ofKubernetes.Select(known => known.Name).Where(others.ContainsKey), AlgorithmsMember, .. others.Keys.Where(name => !IsOfKubernetes(name))];
        IEnumerable<string> members =
        [
            $"{Quote(IssuerMember)}:{Quote(issuer)}",
            $"{Quote(KeySetUriMember)}:{Quote(keySetUri)}",
            .. inOrder.Select(name => $"{Quote(name)}:{(name == AlgorithmsMember ? "[]" : others[name])}"),
        ];
        return Parse(System.Text.Encoding.UTF8.GetBytes($"{{{string.Join(',', members)}}}"), out _) ?? throw new ArgumentException("members that make no document", nameof(others));
    }

    /// <summary>The same bytes but for the list of algorithms; unchanged when it names these already, or when there is no list or nothing to name.</summary>
    public DiscoveryDocument WithAlgorithms(IReadOnlyList<string> algorithms)
    {
        bool namesThese = Algorithms.Count == algorithms.Count && Algorithms.ToHashSet(StringComparer.Ordinal).SetEquals(algorithms)
            && Members.GetValueOrDefault(AlgorithmsMember) == $"[{string.Join(',', Algorithms.Select(Quote))}]";
        if (algorithms.Count == 0 || !Members.ContainsKey(AlgorithmsMember) || namesThese)
        {
            return this;
        }

        byte[] bytes = Splice([.. TopLevelValues().Where(member => member.Name == AlgorithmsMember).Select(member => (member.Token, $"[{string.Join(',', algorithms.Select(Quote))}]"))]);
        return Parse(bytes, out _) ?? this;
    }

    /// <summary>
    /// The same bytes but for the values of <c>issuer</c> and <c>jwks_uri</c>; unchanged, and the same memory, when both
    /// are as wanted already.
    /// </summary>
    public ReadOnlyMemory<byte> Rewritten(IssuerIdentifier identifier)
    {
        List<(Range Token, string Value)> edits = [];
        foreach ((string name, Range token) in TopLevelValues())
        {
            (string? value, string? wanted) = name switch
            {
                IssuerMember => (Issuer, identifier.Value),
                KeySetUriMember => (KeySetUri, identifier.KeySetUri),
                _ => (null, null),
            };
            if (value is not null && !string.Equals(value, wanted, StringComparison.Ordinal))
            {
                edits.Add((token, Quote(wanted!)));
            }
        }

        return edits.Count == 0 ? Bytes : Splice(edits);
    }

    /// <summary>Its bytes without the values that differ between honest servers: documents of one form were written by one kind of server.</summary>
    public string Form => Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(Splice(
        [.. TopLevelValues().Where(member => member.Name is IssuerMember or KeySetUriMember or AlgorithmsMember).Select(member => (member.Token, "0"))])));

    private byte[] Splice(List<(Range Token, string Value)> edits)
    {
        List<byte> result = new(Bytes.Length + 256);
        int copied = 0;
        foreach ((Range token, string value) in edits)
        {
            result.AddRange(Bytes.Span[copied..token.Start.Value]);
            result.AddRange(System.Text.Encoding.UTF8.GetBytes(value));
            copied = token.End.Value;
        }

        result.AddRange(Bytes.Span[copied..]);
        return [.. result];
    }

    private static string Quote(string text) => $"\"{JsonEncodedText.Encode(text, System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping)}\"";

    // Bytes have been validated as well-formed, so this pass only looks for places.
    private List<(string Name, Range Token)> TopLevelValues()
    {
        List<(string, Range)> values = [];
        Utf8JsonReader reader = new(Bytes.Span);
        while (reader.Read())
        {
            if (reader.TokenType == JsonTokenType.PropertyName && reader.CurrentDepth == 1)
            {
                string name = reader.GetString()!;
                reader.Read();
                int start = (int)reader.TokenStartIndex;
                reader.Skip();
                values.Add((name, start..(int)reader.BytesConsumed));
            }
        }

        return values;
    }

    private static bool IsText(JsonElement value) => value.ValueKind == JsonValueKind.String;

    private static bool IsEmpty(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => value.GetString()!.Length == 0,
        JsonValueKind.Array => value.GetArrayLength() == 0 || value.EnumerateArray().Any(item => IsText(item) && item.GetString()!.Length == 0),
        _ => false,
    };
}
