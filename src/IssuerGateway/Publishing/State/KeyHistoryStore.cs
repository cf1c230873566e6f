using IssuerGateway.Issuers;
using IssuerGateway.Publishing.Keys;

namespace IssuerGateway.Publishing.State;

/// <summary>Keeps one history an issuer; a damaged one is reported, and the watch starts over.</summary>
internal sealed class KeyHistoryStore(string? directory)
{
    public KeyHistory Load(IssuerIdentifier issuer, DateTimeOffset now, out Finding? fault)
    {
        string path = PathOf(issuer);
        byte[]? text = StateFile.ReadIfThere(directory, path, out int? newer, out string? problem);
        KeyHistory? history = text is null ? null : KeyHistoryText.ReadFor(issuer, text);
        fault = newer is { } version ? LastKnownGoodStore.Newer(issuer, path, version)
            : problem is not null || (text is not null && history is null) ? Unreadable(issuer, path) : null;
        return history ?? KeyHistory.StartedAt(now);
    }

    public Finding? Save(IssuerIdentifier issuer, KeyHistory history, DateTimeOffset now) =>
        directory is not null && StateFile.Write(directory, PathOf(issuer), KeyHistoryText.Write(issuer.Value, history), now) is { } fault
            ? Finding.Warning("key-history-not-written", $"key history of issuer \"{issuer}\": {fault.Message}", $"{fault.Fix}; until then keys count as new after a restart")
            : null;

    public string PathOf(IssuerIdentifier issuer) => Path.Combine(directory ?? "", StateFile.NameOf("keys", issuer));

    public static Finding Unreadable(IssuerIdentifier issuer, string place) =>
        Finding.Warning("key-history-unreadable", $"key history of issuer \"{issuer}\": {place} cannot be read",
            "nothing to do: the history starts over, so keys count as new from now");
}
