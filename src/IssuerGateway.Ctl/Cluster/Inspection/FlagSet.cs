namespace IssuerGateway.Ctl.Cluster.Inspection;

/// <summary>One <c>--name=value</c> of an API server, without the dashes.</summary>
internal readonly record struct Flag(string Name, string Value)
{
    public override string ToString() => $"--{Name}={Value}";
}

/// <summary>The flags of one API server in the order in which they were given.</summary>
internal sealed record FlagSet(IReadOnlyList<Flag> Flags)
{
    public const string Issuer = "service-account-issuer";
    public const string Audience = "api-audiences";
    public const string KeySetUri = "service-account-jwks-uri";
    public const string KeyFile = "service-account-key-file";
    public const string SigningKeyFile = "service-account-signing-key-file";
    public const string SigningEndpoint = "service-account-signing-endpoint";

    /// <summary>Every issuer in order: the first one signs, all are accepted. Not split at commas, as the API server does not.</summary>
    public IReadOnlyList<string> Issuers => All(Issuer);

    /// <summary>What <c>--api-audiences</c> gives; null when it is not set, which means every issuer in order.</summary>
    public IReadOnlyList<string>? Audiences => All(Audience) is { Count: > 0 } given
        ? [.. given.SelectMany(value => value.Split(',')).Select(value => value.Trim()).Where(value => value.Length > 0)]
        : null;

    public IReadOnlyList<string> All(string name) => [.. Flags.Where(flag => flag.Name == name).Select(flag => flag.Value)];

    public string? Last(string name) => All(name) is { Count: > 0 } values ? values[^1] : null;

    /// <summary>
    /// Reads a command line: <c>--name=value</c>, <c>--name value</c> and <c>--name</c> for true; other words are skipped. An
    /// underscore in a name is a dash (component-base, WordSepNormalizeFunc).
    /// </summary>
    public static FlagSet Parse(IEnumerable<string> words)
    {
        string[] all = [.. words];
        List<Flag> flags = [];
        for (int i = 0; i < all.Length; i++)
        {
            string word = all[i];
            if (!word.StartsWith("--", StringComparison.Ordinal))
            {
                continue;
            }

            int equals = word.IndexOf('=', StringComparison.Ordinal);
            if (equals > 0)
            {
                flags.Add(new Flag(Name(word[2..equals]), word[(equals + 1)..]));
            }
            else if (i + 1 < all.Length && !all[i + 1].StartsWith("--", StringComparison.Ordinal))
            {
                flags.Add(new Flag(Name(word[2..]), all[++i]));
            }
            else
            {
                flags.Add(new Flag(Name(word[2..]), "true"));
            }
        }

        return new FlagSet(flags);
    }

    /// <summary>The name of a flag as the server normalizes it.</summary>
    public static string Name(string given) => given.Replace('_', '-');

    /// <summary>
    /// The words of a line as a shell has them: quotes group and go, a backslash takes the next character as it is
    /// (POSIX.1-2017 shell, 2.2). Substitutions stay as text.
    /// </summary>
    public static IReadOnlyList<string> Split(string line)
    {
        List<string> words = [];
        System.Text.StringBuilder word = new();
        bool isWord = false;
        char quote = '\0';
        for (int i = 0; i < line.Length; i++)
        {
            char c = line[i];
            if (c == '\\' && quote != '\'' && i + 1 < line.Length)
            {
                word.Append(line[++i]);
                isWord = true;
            }
            else if (quote != '\0' ? c == quote : c is '"' or '\'')
            {
                quote = quote == '\0' ? c : '\0';
                isWord = true;
            }
            else if (quote == '\0' && char.IsWhiteSpace(c))
            {
                End();
            }
            else
            {
                word.Append(c);
                isWord = true;
            }
        }

        End();
        return words;

        void End()
        {
            if (isWord)
            {
                words.Add(word.ToString());
            }

            word.Clear();
            isWord = false;
        }
    }

    /// <summary>
    /// Reads the text of <c>GET /flagz</c>: one name and value a line. Each process chooses at random what stands between
    /// them: <c>=</c>, a colon, a colon and a space, or a space. A list is printed as <c>[A,B]</c>, and a
    /// value that holds a comma in quotes (RFC 4180 §2): <c>["A,B"]</c> is one issuer.
    /// </summary>
    public static FlagSet ParseFlagz(string text)
    {
        List<Flag> flags = [];
        foreach (string line in text.Split('\n'))
        {
            int end = line.AsSpan().IndexOfAnyExcept(flagCharacters);
            if (end <= 0 || line[end] is not ('=' or ':' or ' '))
            {
                continue;
            }

            string name = line[..end];
            string value = line[(end + 1)..].Trim();
            value = value is ['"', .., '"'] ? value[1..^1] : value;
            if (value == "flagz")
            {
                // The title: "apiserver flagz".
                continue;
            }

            if (value.StartsWith('[') && value.EndsWith(']'))
            {
                flags.AddRange(Items(value[1..^1]).Select(item => new Flag(name, item)));
            }
            else if (value.Length > 0)
            {
                flags.Add(new Flag(name, value));
            }
        }

        return new FlagSet(flags);
    }

    private static List<string> Items(string list)
    {
        List<string> items = [];
        System.Text.StringBuilder item = new();
        bool isQuoted = false;
        foreach (char c in list)
        {
            if (c == '"')
            {
                isQuoted = !isQuoted;
            }
            else if (c == ',' && !isQuoted)
            {
                items.Add(item.ToString().Trim());
                item.Clear();
            }
            else
            {
                item.Append(c);
            }
        }

        items.Add(item.ToString().Trim());
        items.RemoveAll(each => each.Length == 0);
        return items;
    }

    private static readonly System.Buffers.SearchValues<char> flagCharacters = System.Buffers.SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789-");
}
