using System.Security.Cryptography;
using System.Text;
using IssuerGateway.Base;
using IssuerGateway.Issuers;

namespace IssuerGateway.Publishing;

/// <summary>
/// Keeps one file an issuer so that both documents are replaced as one. A file that cannot be read, or is not what was
/// written, is reported and left in place until the next good pair replaces it.
/// </summary>
internal sealed class LastKnownGoodStore(string? directory)
{
    /// <summary>A write that takes longer has failed: its file may be swept away.</summary>
    private static readonly TimeSpan leftoverAfter = TimeSpan.FromMinutes(10);

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
            if (stored is { Version: LastKnownGood.CurrentVersion, IsIntact: true } && stored.Issuer == issuer.Value)
            {
                return stored;
            }

            fault = Fault(issuer, stored switch
            {
                null => "not in the format in which the gateway writes it",
                { Version: LastKnownGood.CurrentVersion } when stored.Issuer == issuer.Value => "changed since the gateway wrote it: its digest does not match",
                _ => $"written by another version or for another issuer, expected version {LastKnownGood.CurrentVersion}",
            });
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            fault = Fault(issuer, e.Message);
        }

        return null;
    }

    /// <summary>Blocks as long as the disk does: see <see cref="StateWriter"/>.</summary>
    public Finding? Save(IssuerIdentifier issuer, LastKnownGood content)
    {
        if (directory is null)
        {
            return null;
        }

        try
        {
            AtomicFile.RemoveLeftovers(directory, content.ConfirmedAt - leftoverAfter);
            AtomicFile.Write(PathOf(issuer), LastKnownGoodText.Write(content), AtomicFile.OwnerOnly);
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return NotWritten(issuer, e.Message);
        }
    }

    public string PathOf(IssuerIdentifier issuer) =>
        Path.Combine(directory ?? "", $"issuer-{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(issuer.Value)))[..16]}.json");

    public static Finding NotWritten(IssuerIdentifier issuer, string found) =>
        Finding.Warning("state-not-written", $"state of issuer \"{issuer}\": {found}",
            "free space in StateDirectory and make it writable; until then a restart during an outage serves older documents or none");

    private Finding Fault(IssuerIdentifier issuer, string found) =>
        Finding.Warning("state-unreadable", $"state of issuer \"{issuer}\": {PathOf(issuer)}: {found}",
            "nothing to do: the next good refresh replaces the file");
}
