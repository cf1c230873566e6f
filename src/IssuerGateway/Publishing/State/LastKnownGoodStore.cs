using IssuerGateway.Issuers;

namespace IssuerGateway.Publishing.State;

/// <summary>
/// Keeps one file an issuer so that both documents are replaced as one. A file that cannot be read, or is not what was
/// written, is reported and left in place until the next good pair replaces it.
/// </summary>
internal sealed class LastKnownGoodStore(string? directory)
{
    public const string NewerRule = "state-newer";

    public LastKnownGood? Load(IssuerIdentifier issuer, out Finding? fault)
    {
        string path = PathOf(issuer);
        byte[]? text = StateFile.ReadIfThere(directory, path, out int? newer, out string? problem);
        LastKnownGood? stored = text is null ? null : LastKnownGoodText.ReadFor(issuer, text, out problem);
        fault = newer is { } version ? Newer(issuer, path, version) : problem is null ? null : Unreadable(issuer, path, problem);
        return stored;
    }

    /// <summary>Blocks as long as the disk does: see <see cref="StateWriter"/>.</summary>
    public Finding? Save(IssuerIdentifier issuer, LastKnownGood content) =>
        directory is not null && StateFile.Write(directory, PathOf(issuer), LastKnownGoodText.Write(content), content.ConfirmedAt) is { } fault ? NotWritten(issuer, fault.Message, fault.Fix) : null;

    public string PathOf(IssuerIdentifier issuer) => Path.Combine(directory ?? "", StateFile.NameOf("issuer", issuer));

    public static Finding NotWritten(IssuerIdentifier issuer, string found, string fix = StateFault.MakeWritable) =>
        Finding.Warning("state-not-written", $"state of issuer \"{issuer}\": {found}",
            $"{fix}; until then a restart during an outage serves older documents or none");

    public static Finding Unreadable(IssuerIdentifier issuer, string place, string found) =>
        Finding.Warning("state-unreadable", $"state of issuer \"{issuer}\": {place}: {found}",
            "nothing to do: the next good refresh replaces it");

    /// <summary>The state of a newer gateway, which only that one may write.</summary>
    public static Finding Newer(IssuerIdentifier issuer, string place, int version) =>
        Finding.Warning(NewerRule, $"state of issuer \"{issuer}\": {place} has version {version}, and this gateway writes version {StateFile.Version}; it is neither read nor written",
            "run the newer gateway again, or remove the state so that this one can keep its own; until then a restart during an outage serves nothing");
}
