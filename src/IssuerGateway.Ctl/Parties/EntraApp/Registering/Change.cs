namespace IssuerGateway.Ctl.Parties.EntraApp.Registering;

internal enum ChangeKind
{
    /// <summary>Stands already as wanted, or is somebody else's.</summary>
    Kept,

    Added,

    Changed,

    Removed,
}

/// <summary>One line of a plan, under the object that it belongs to.</summary>
internal sealed record Change(ChangeKind Kind, string Subject, string Text);
