using System.Buffers.Text;
using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;

[assembly: AssemblyFixture(typeof(IssuerGateway.EndToEnd.Secrets.SecretsOfTheRun))]

namespace IssuerGateway.EndToEnd.Secrets;

/// <summary>
/// Every secret that the tests have given to gateways and everything that these have shown: when the last test has ended,
/// the one is searched for in the other, and a find fails the run.
/// </summary>
public sealed class SecretsOfTheRun : IDisposable
{
    private static readonly ConcurrentDictionary<string, string> secrets = new();
    private static readonly ConcurrentQueue<(string Place, string Text)> shown = new();

    /// <summary>How many secrets and texts there are, so that a test can see that something is collected.</summary>
    internal static (int Secrets, int Texts) Count => (secrets.Count, shown.Count);

    internal static void Register(string name, string secret) => secrets[secret] = name;

    /// <summary>A token is two public parts and a secret one; its claims are no secret, and an error may name a subject.</summary>
    internal static void RegisterToken(string token) => Register("the signature of a bearer token", token.Trim()[(token.LastIndexOf('.') + 1)..]);

    internal static void RegisterKey(string name, string pem)
    {
        // The private number itself: what stands before it is the same in every key.
        using AsymmetricAlgorithm? key = KeyOf(pem);
        byte[]? number = key switch
        {
            ECDsa ec => ec.ExportParameters(includePrivateParameters: true).D,
            RSA rsa => rsa.ExportParameters(includePrivateParameters: true).D,
            _ => null,
        };
        Register(name, Convert.ToBase64String(number!));
        Register(name, Base64Url.EncodeToString(number!));
        Register(name, Convert.ToHexString(number!));

        // As the lines of the file show it; the first one holds the algorithm.
        foreach (string line in pem.Split('\n').Where(line => line.Length == 64 && !line.StartsWith('-')).Skip(1))
        {
            Register(name, line);
        }
    }

    internal static void Show(string place, string text) => shown.Enqueue((place, text));

    internal static void ShowDirectory(string place, string directory)
    {
        foreach (string file in Directory.Exists(directory) ? Directory.EnumerateFiles(directory, "*", SearchOption.AllDirectories) : [])
        {
            Show($"{place} {Path.GetFileName(file)}", File.ReadAllText(file, Encoding.Latin1));
        }
    }

    /// <summary>Where a text stands that a test has planted in the place of a secret.</summary>
    internal static IReadOnlyList<string> PlacesOf(string planted)
    {
        SecretSearch search = new();
        search.Add("what was planted", planted);
        return [.. shown.SelectMany(each => search.Find(each.Place, each.Text)).Distinct().Order(StringComparer.Ordinal)];
    }

    internal static SecretSearch Search()
    {
        SecretSearch search = new();
        foreach ((string secret, string name) in secrets)
        {
            search.Add(name, secret);
        }

        return search;
    }

    public void Dispose()
    {
        SecretSearch search = Search();
        string[] found = [.. shown.SelectMany(each => search.Find(each.Place, each.Text)).Distinct()];
        if (found.Length > 0)
        {
            throw new InvalidOperationException($"secrets of the run were shown:\n{string.Join('\n', found)}");
        }
    }

    private static AsymmetricAlgorithm? KeyOf(string pem)
    {
        foreach (AsymmetricAlgorithm key in (AsymmetricAlgorithm[])[ECDsa.Create(), RSA.Create()])
        {
            try
            {
                key.ImportFromPem(pem);
                return key;
            }
            catch (Exception e) when (e is CryptographicException or ArgumentException)
            {
                key.Dispose();
            }
        }

        return null;
    }
}
