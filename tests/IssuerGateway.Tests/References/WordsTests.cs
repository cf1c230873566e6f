using System.Text.RegularExpressions;

namespace IssuerGateway.Tests.References;

/// <summary>Texts and comments use the words of the field: a response, a request, rejected, validated.</summary>
public sealed partial class WordsTests
{
    private static readonly string[] folders = ["src", "docs", "charts", "manifests", "loadtests", "tests", ".github"];

    private static readonly HashSet<string> extensions = [".cs", ".md", ".yaml", ".yml", ".tpl", ".txt", ".sh", ".mjs", ".js", ".html", ".service"];

    /// <summary>What earlier builds printed, the words themselves, and a sentence of Microsoft's.</summary>
    private static readonly HashSet<string> quotes = ["CHANGELOG.md", "tests/IssuerGateway.Tests/References/WordsTests.cs", "tests/IssuerGateway.EndToEnd/SignIn/SignInText.cs"];

    [Fact]
    public void No_text_uses_a_word_that_has_a_plain_one() => Assert.Empty(
        from file in folders.SelectMany(folder => Directory.EnumerateFiles(Repository.File(folder), "*", SearchOption.AllDirectories)).Concat(Directory.EnumerateFiles(Repository.File(""), "*.md"))
        where extensions.Contains(Path.GetExtension(file))
        let path = Path.GetRelativePath(Repository.File(""), file).Replace('\\', '/')

        where !quotes.Contains(path) && !path.StartsWith("tests/fixtures/", StringComparison.Ordinal) && !path.Contains("/obj/", StringComparison.Ordinal) && !path.Contains("/bin/", StringComparison.Ordinal) && !path.Contains("/node_modules/", StringComparison.Ordinal)
        from line in File.ReadLines(file).Index()
        where Replaced().IsMatch(line.Item)
        select $"{path}:{line.Index + 1}: {line.Item.Trim()}");

    [Theory]
    [InlineData("/// <summary>The answer of the CA.</summary>", true)]
    [InlineData("the CA has a fault and is asked again; a mended file", true)]
    [InlineData("/// Documents are judged anew.", true)]
    [InlineData("a header that was not asked for", true)]
    [InlineData("the iss of the own token", true)]
    [InlineData("a proxy that ends TLS; public void Answers_the_second_request()", true)]
    [InlineData("From when on it is safe; a run that goes on from there", true)]
    [InlineData("the response that the CA sent, validated again", false)]
    [InlineData("amends, canewry, refused the connection", false)]
    public void The_search_finds_them(string text, bool isFound) => Assert.Equal(isFound, Replaced().IsMatch(text));

    [GeneratedRegex(@"\b(?:[Aa]nswer(?:s|ed|ing)?|anew|mend(?:s|ed|ing)?|[Jj]udg(?:e|es|ed|ing)|foret(?:ell|old)s?|[Ll]edgers?|asked for|the own|could not be had|gives way|turned away|on the word of|[Ff]rom when on|goes on from|none of its results|ends? TLS|as long as it lasts|the sins of|on and on|the kit|in vain|stumbles?)\b|[A-Z_](?:[Aa]nswer(?:s|ed)?|[Jj]udge[sd]?|[Mm]end(?:s|ed)?|[Aa]new)(?:_|\()", RegexOptions.CultureInvariant)]
    private static partial Regex Replaced();
}
