namespace IssuerGateway.Base;

/// <summary>One fault of the configuration: the key, what was found there, what was expected, and the fix.</summary>
/// <param name="Found">What is there, or <see cref="Nothing"/>; with an empty <paramref name="Expected"/> the whole sentence.</param>
public sealed record SettingError(string Key, string Found, string Expected, string Hint)
{
    public const string Nothing = "nothing";

    /// <summary>The sentence that a person reads; the hint follows it.</summary>
    public string Message => SecretText.Hide(
        Expected.Length == 0 ? $"{Key}: {Found}"
        : Found == Nothing ? $"{Key}: is required: {Expected}"
        : $"{Key}: found {Found}, expected {Expected}");

    /// <summary>A fault that is a sentence of its own, such as <c>/tls.crt does not exist</c>.</summary>
    public static SettingError Of(string key, string sentence, string hint) => new(key, sentence, "", hint);

    public override string ToString() => $"{Message}\nhint: {Hint}";
}
