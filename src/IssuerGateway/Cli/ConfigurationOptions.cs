using System.CommandLine;
using System.Text.Json;
using IssuerGateway.Base;
using IssuerGateway.Checking.Tokens;
using Microsoft.Extensions.Configuration;

namespace IssuerGateway.Cli;

/// <summary>
/// Where settings come from, the later winning: one JSON file (comments and trailing commas allowed), the environment
/// (<c>ISSUERGATEWAY__Edge__HttpsPort=443</c>), and <c>--set Edge:HttpsPort=443</c>.
/// </summary>
internal sealed class ConfigurationOptions
{
    public const string EnvironmentPrefix = "ISSUERGATEWAY__";

    /// <summary>Thousands of issuers fit; a pipe, as of a shell's <c>&lt;(...)</c>, is read as well.</summary>
    private const int MaxFileBytes = 16 << 20;

    private readonly Option<FileInfo?> file = new("--config", "-c") { HelpName = "FILE", Description = "JSON file with the settings. Comments are allowed." };
    private readonly Option<string[]> set = new("--set") { HelpName = "KEY=VALUE", Description = "One setting, for example Edge:HttpsPort=443. Repeatable. Wins over file and environment." };

    /// <summary>How long a pipe has.</summary>
    public TimeSpan Wait { get; init; } = NamedFile.LongestWait;

    public void AddTo(Command command)
    {
        command.Options.Add(file);
        command.Options.Add(set);
    }

    /// <summary>The merged configuration, or the errors that kept it from being read.</summary>
    public IConfiguration? Load(ParseResult arguments, out IReadOnlyList<SettingError> errors)
    {
        List<SettingError> found = [];
        ConfigurationBuilder builder = new();
        if (arguments.GetValue(file) is { } path)
        {
            if (TokenShape.InPlaceOfFile(arguments.GetResult(file)!.Tokens[^1].Value) is { } mistake)
            {
                found.Add(SettingError.Of("--config", mistake, "name the JSON file with the settings"));
            }
            else
            {
                AddFile(builder, path.FullName, found);
            }
        }

        builder.AddEnvironmentVariables(EnvironmentPrefix);
        builder.AddInMemoryCollection(Pairs(arguments.GetValue(set) ?? [], found));
        errors = found;
        if (found.Count > 0)
        {
            return null;
        }

        try
        {
            return builder.Build();
        }
        catch (Exception e) when (IsMalformed(e))
        {
            errors = [new SettingError("--config", $"{arguments.GetValue(file)}: {Reason(e)}", "a JSON object without duplicate keys", "correct the file; comments and trailing commas are allowed")];
            return null;
        }
    }

    /// <summary>What the reader of the JSON file says of one that it cannot read; the last for an unpaired surrogate escape (RFC 8259 §8.2).</summary>
    public static bool IsMalformed(Exception e) => e is FormatException or InvalidDataException or JsonException or InvalidOperationException;

    private void AddFile(ConfigurationBuilder builder, string path, List<SettingError> errors)
    {
        try
        {
            builder.AddJsonStream(new MemoryStream(NamedFile.Read(path, MaxFileBytes, Wait)));
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            errors.Add(SettingError.Of("--config", $"{path} does not exist", "name the JSON file with the settings"));
        }
        catch (FileTooLargeException e)
        {
            errors.Add(SettingError.Of("--config", e.Message, "name the JSON file with the settings"));
        }
        catch (FileTimeoutException e)
        {
            errors.Add(SettingError.Of("--config", $"{path}: {e.Message}", "name the JSON file with the settings"));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            errors.Add(SettingError.Of("--config", Directory.Exists(path) ? $"{path} is a directory" : $"{path} cannot be read by this user", "name a file, and let this user read it"));
        }
    }

    private static Dictionary<string, string?> Pairs(string[] texts, List<SettingError> errors)
    {
        Dictionary<string, string?> pairs = new(StringComparer.OrdinalIgnoreCase);
        foreach (string text in texts)
        {
            int equals = text.IndexOf('=');
            bool isToken = !text.AsSpan().TrimEnd('=').Contains('=') && TokenShape.IsLike(text);
            if (equals < 1 || isToken)
            {
                errors.Add(new SettingError("--set", isToken ? "a token" : $"\"{text}\"", "key=value", "write for example --set Edge:HttpsPort=443"));
                continue;
            }

            // The last one wins, as between the sources.
            pairs[text[..equals]] = text[(equals + 1)..];
        }

        return pairs;
    }

    // The parser's own words name line and position; the innermost exception is the one that has them.
    private static string Reason(Exception e) => e.GetBaseException().Message;
}
