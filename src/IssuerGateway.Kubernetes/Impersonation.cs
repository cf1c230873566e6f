namespace IssuerGateway.Kubernetes;

/// <summary>
/// Whom requests are made as, by the headers of user impersonation
/// (https://kubernetes.io/docs/reference/access-authn-authz/authentication/#user-impersonation).
/// </summary>
public sealed record Impersonation(string User)
{
    public IReadOnlyList<string> Groups { get; init; } = [];

    public string? Uid { get; init; }

    public IReadOnlyDictionary<string, IReadOnlyList<string>> Extra { get; init; } = new Dictionary<string, IReadOnlyList<string>>();

    /// <summary>Whether anything of it is given.</summary>
    public bool IsNamed => this is not { User.Length: 0, Groups.Count: 0, Uid: null, Extra.Count: 0 };

    /// <summary>The headers; a name with several values needs one line for each (<see cref="RepeatedHeaderStream"/>).</summary>
    public IEnumerable<(string Name, IReadOnlyList<string> Values)> Headers()
    {
        yield return ("Impersonate-User", [User]);
        if (Groups.Count > 0)
        {
            yield return ("Impersonate-Group", Groups);
        }

        if (Uid is { } uid)
        {
            yield return ("Impersonate-Uid", [uid]);
        }

        // A header name is case-insensitive and holds few characters: keys are lower case and percent-encoded.
        foreach ((string key, IReadOnlyList<string> values) in Extra)
        {
            yield return ($"Impersonate-Extra-{Uri.EscapeDataString(key.ToLowerInvariant())}", values);
        }
    }
}
