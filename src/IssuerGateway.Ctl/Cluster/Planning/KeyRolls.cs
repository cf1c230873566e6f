using IssuerGateway.Ctl.Cluster.Distributions;
using IssuerGateway.Ctl.Cluster.Inspection;
using IssuerGateway.Ctl.Cluster.Rendering;

namespace IssuerGateway.Ctl.Cluster.Planning;

/// <summary>
/// The rolls that bring an RSA key where the cluster signs with EC: publish it, sign with it, drop the old one. They are
/// never part of the issuer's rolls, so that each can be undone alone.
/// </summary>
internal sealed class KeyRolls(ClusterState state, Distribution distribution)
{
    public const string PublicName = "sa-rsa.pub";
    public const string PrivateName = "sa-rsa.key";

    private const string UnknownPublic = "PATH-OF-TODAYS-PUBLIC-KEY";
    private const string UnknownPrivate = "PATH-OF-TODAYS-PRIVATE-KEY";

    /// <summary>Whether EC keys are published; beside an RSA key a change is under way.</summary>
    public static bool HasEllipticCurve(ClusterState state) => Algorithms(state).Any(algorithm => algorithm.StartsWith("ES", StringComparison.Ordinal));

    public static bool HasRsa(ClusterState state) => Algorithms(state).Any(algorithm => algorithm.StartsWith("RS", StringComparison.Ordinal));

    public static bool HasExternalSigner(ClusterState state) => state.Servers.Any(server => server.Flags?.Last(FlagSet.SigningEndpoint) is not null);

    /// <summary>The rolls that are still needed; none where the key is RSA or cannot be changed by flags.</summary>
    public IReadOnlyList<RollKind> Needed()
    {
        if (!HasEllipticCurve(state) || distribution.CanAddKeys == false || HasExternalSigner(state))
        {
            return [];
        }

        // Which of two published keys signs is not in the documents, but our file name says that the switch is done.
        bool isAdded = state.Discovery.Count > 0 && state.Discovery.All(document => document.Algorithms.Any(algorithm => algorithm.StartsWith("RS", StringComparison.Ordinal)));
        bool isSwitched = isAdded && state.Servers.Count > 0 && state.Servers.All(server => IsNamed(server.Flags?.Last(FlagSet.SigningKeyFile), PrivateName));
        return isSwitched ? [RollKind.DropOldKey] : isAdded ? [RollKind.SwitchSigningKey, RollKind.DropOldKey] : [RollKind.AddPublicKey, RollKind.SwitchSigningKey, RollKind.DropOldKey];
    }

    /// <summary>The key files after a roll; null before the first one: as they are today.</summary>
    public KeyFiles? After(RollKind? kind) => kind switch
    {
        RollKind.AddPublicKey => new KeyFiles([.. TodayPublic, NewPublic], null),
        RollKind.SwitchSigningKey => new KeyFiles([.. TodayPublic, NewPublic], NewPrivate),
        RollKind.DropOldKey => new KeyFiles([NewPublic], NewPrivate),
        _ => null,
    };

    /// <summary>The key files that undo a roll, everything written out: a patch keeps what it does not name.</summary>
    public KeyFiles Before(RollKind kind) => kind switch
    {
        RollKind.AddPublicKey => new KeyFiles(TodayPublic, null),
        RollKind.SwitchSigningKey => new KeyFiles([.. TodayPublic, NewPublic], TodayPrivate),
        _ => new KeyFiles([.. TodayPublic, NewPublic], NewPrivate),
    };

    public IReadOnlyList<RollStep> Steps(RollContext context)
    {
        string unconfirmed = distribution.CanAddKeys is null ? " Whether this distribution lets you set the key is unconfirmed: try it on a test cluster first." : "";
        string kind = context switch
        {
            { IsBack: true } => "",
            { Kind: RollKind.AddPublicKey } => "The new key is published and accepted; nothing is signed with it yet.",
            { Kind: RollKind.SwitchSigningKey } => "Switch the API server and the controller manager of a node together.",
            _ => "Tokens of service account Secrets that were signed with the old key are rejected from now on: recreate those Secrets first. Where the list holds further keys that are still in use, keep them.",
        };
        RollStep[] pair = context is { Kind: RollKind.AddPublicKey, IsBack: false } && (distribution.KeyPair is { } make ? make(context) : PairOnNodes()) is { } made ? [made] : [];
        IReadOnlyList<RollStep> steps = (distribution.KeySteps ?? distribution.Steps)(context);
        return [.. pair, .. steps.Select(step => step with { Note = string.Join(' ', new[] { kind, step.Note, unconfirmed.TrimStart() }.Where(text => !string.IsNullOrEmpty(text))) })];
    }

    public static IReadOnlyList<string> Breaks(RollKind kind) => kind switch
    {
        RollKind.AddPublicKey => ["Nothing, once every server has the key. Until then the servers publish different key sets."],
        RollKind.SwitchSigningKey => ["Nothing inside the cluster. A relying party that has not fetched the new key rejects new tokens until it does."],
        _ => ["Every token that was signed with the old key is rejected with 401."],
    };

    public static IReadOnlyList<string> Wait(RollKind kind) => kind switch
    {
        RollKind.AddPublicKey => ["48 h, for relying parties that cache key sets (Entra publishes no figure); issuer-gateway keys shows when it is safe to sign."],
        RollKind.SwitchSigningKey => ["The longest token lifetime: 24 h, up to a year for extended tokens. The signs are the same as for dropping an issuer: serviceaccount_stale_tokens_total does not rise, and no pod is older than this roll."],
        _ => ["Nothing."],
    };

    public static string GoBack(RollKind kind) => kind switch
    {
        RollKind.AddPublicKey => "Remove the new public key again: nothing is signed with it yet.",
        RollKind.SwitchSigningKey => "Sign with the old key again. Both public keys stay published: tokens of the new key are in use.",
        _ => "Publish the old public key again.",
    };

    public static string TitleOf(RollKind kind) => kind switch
    {
        RollKind.AddPublicKey => "publish an RSA key beside the EC key, without signing with it",
        RollKind.SwitchSigningKey => "sign with the RSA key",
        _ => "later: stop publishing the EC key",
    };

    public static string NumberOf(RollKind kind) => $"K{(int)kind - (int)RollKind.Replace}";

    // A flag may be given several times and the server may have a key of ours already, from a roll that was begun.
    private IReadOnlyList<string> TodayPublic => state.Servers.Select(server => server.Flags?.All(FlagSet.KeyFile)).FirstOrDefault(files => files is { Count: > 0 }) is { } files
        ? [.. files.Where(file => !IsNamed(file, PublicName)).DefaultIfEmpty(UnknownPublic)]
        : [UnknownPublic];

    private string TodayPrivate => state.Servers.Select(server => server.Flags?.Last(FlagSet.SigningKeyFile)).FirstOrDefault(file => file is not null && !IsNamed(file, PrivateName)) ?? UnknownPrivate;

    private string Folder => TodayPublic[0] is var known && known != UnknownPublic && known.LastIndexOf('/') is var slash and > 0 ? known[..slash] : distribution.KeyFolder;

    private string NewPublic => $"{Folder}/{PublicName}";

    private string NewPrivate => $"{Folder}/{PrivateName}";

    private static bool IsNamed(string? path, string name) => path is not null && path[(path.LastIndexOf('/') + 1)..] == name;

    private static IEnumerable<string> Algorithms(ClusterState state) => state.Discovery.SelectMany(document => document.Algorithms);

    private RollStep PairOnNodes() => new()
    {
        Target = "one server, then a copy on every other one",
        Place = $"{NewPrivate} and {NewPublic}",
        Command = $"umask 077\nopenssl genrsa -out {NewPrivate} 2048\nopenssl rsa -in {NewPrivate} -pubout -out {NewPublic}",
        Note = "Make the pair once. Copy both files to the same place on every server before you go on, and to each server that joins later: an API server does not start without a key file that it is given.",
    };
}
