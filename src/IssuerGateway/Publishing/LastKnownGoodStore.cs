using System.Security.Cryptography;
using System.Text;
using IssuerGateway.Files;
using IssuerGateway.Issuers;

namespace IssuerGateway.Publishing;

/// <summary>
/// Keeps one file an issuer so that both documents are replaced as one. A file that cannot be read is reported and left
/// in place until the next good pair replaces it.
/// </summary>
internal sealed class LastKnownGoodStore(string? directory)
{
    // Base64 of two documents, and room for the rest.
    private const int MaxFileBytes = 4 * StrictJson.MaxBytes;

    public bool IsKept => directory is not null;

    public LastKnownGood? Load(IssuerIdentifier issuer, out Finding? fault)
    {
        fault = null;
        if (directory is null || !File.Exists(PathOf(issuer)))
        {
            return null;
        }

        try
        {
            LastKnownGood? stored = LastKnownGoodText.Read(FileSet.Read(MaxFileBytes, PathOf(issuer)).Contents[0]);
            if (stored?.Issuer == issuer.Value)
            {
                return stored;
            }

            fault = Fault(issuer, stored is null ? "not in the format in which this version writes it" : "written for another issuer");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            fault = Fault(issuer, e.Message);
        }

        return null;
    }

    public Finding? Save(IssuerIdentifier issuer, DiscoveryDocument discovery, KeySet keys, TimeSpan? maxAge, DateTimeOffset confirmedAt)
    {
        if (directory is null)
        {
            return null;
        }

        LastKnownGood content = new()
        {
            Version = LastKnownGood.CurrentVersion,
            Issuer = issuer.Value,
            ConfirmedAt = confirmedAt,
            MaxAgeSeconds = maxAge?.TotalSeconds,
            Discovery = discovery.Bytes.ToArray(),
            KeySet = keys.Bytes.ToArray(),
        };
        try
        {
            AtomicFile.Write(PathOf(issuer), LastKnownGoodText.Write(content), AtomicFile.OwnerOnly);
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return Finding.Warning("state-not-written", $"state of issuer \"{issuer}\": {e.Message}",
                "free space in StateDirectory and make it writable; until then a restart during an outage serves older documents or none");
        }
    }

    public string PathOf(IssuerIdentifier issuer) =>
        Path.Combine(directory ?? "", $"issuer-{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(issuer.Value)))[..16]}.json");

    private Finding Fault(IssuerIdentifier issuer, string found) =>
        Finding.Warning("state-unreadable", $"state of issuer \"{issuer}\": {PathOf(issuer)}: {found}",
            "nothing to do: the next good refresh replaces the file");
}
