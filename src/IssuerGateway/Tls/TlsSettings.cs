using IssuerGateway.Acme;
using IssuerGateway.Base;
using IssuerGateway.Configuration;
using IssuerGateway.Tls.Issuance;
using IssuerGateway.Tls.Sources;

namespace IssuerGateway.Tls;

/// <summary>Where the serving certificates come from.</summary>
internal enum TlsMode
{
    /// <summary>PEM pairs on disk.</summary>
    Files,

    /// <summary>Made at start, trusted by nobody who is not configured to: for trying things out.</summary>
    SelfSigned,

    /// <summary>Plain HTTP, for use behind a proxy that terminates TLS.</summary>
    None,

    /// <summary>Ordered from a certification authority by ACME.</summary>
    Acme,

    /// <summary>Kubernetes TLS Secrets that something else (cert-manager) keeps fresh.</summary>
    Secrets,
}

/// <summary>How the public HTTPS listener comes by its certificates.</summary>
internal sealed record TlsSettings
{
    /// <summary><c>Tls:Mode</c>: Files (default), SelfSigned, None, Acme or Secrets.</summary>
    public required TlsMode Mode { get; init; }

    /// <summary><c>Tls:Certificates</c>: with Files at least one pair; which host a pair serves is what its certificate names.</summary>
    public required IReadOnlyList<CertificateFiles> Certificates { get; init; }

    /// <summary><c>Tls:SelfSigned:ExportFile</c>: file that receives the self-signed certificate (not the key) as PEM, default none.</summary>
    public required string? SelfSignedExportFile { get; init; }

    /// <summary><c>Tls:Acme</c>: with Acme.</summary>
    public required AcmeSettings Acme { get; init; }

    /// <summary><c>Tls:Secrets</c>: with Secrets.</summary>
    public required SecretsSettings Secrets { get; init; }

    /// <summary><c>Tls:Kubernetes</c>: the cluster whose Secrets are used.</summary>
    public required ClusterSettings Cluster { get; init; }

    /// <summary>Whether the plain HTTP listener is open besides HTTPS: HTTP-01 is served there, and nothing else.</summary>
    public bool NeedsPlainHttp => Mode == TlsMode.Acme && Acme.Challenges.Contains(AcmeChallenge.Http01);

    public static TlsSettings Read(SettingsReader reader)
    {
        TlsMode mode = reader.Choice("Mode", TlsMode.Files);
        AcmeSettings acme = AcmeSettings.Read(reader.Section("Acme"), isUsed: mode == TlsMode.Acme);
        bool usesCluster = mode == TlsMode.Secrets || (mode == TlsMode.Acme && acme.Store == AcmeStoreKind.Secrets);
        return new TlsSettings
        {
            Mode = mode,
            Certificates = [.. reader.Sections("Certificates").Select(CertificateFiles.Read)],
            SelfSignedExportFile = reader.Section("SelfSigned").Text("ExportFile"),
            Acme = acme,
            Secrets = SecretsSettings.Read(reader.Section("Secrets"), isUsed: mode == TlsMode.Secrets),
            Cluster = ClusterSettings.Read(reader.Section("Kubernetes"), usesCluster),
        };
    }

    /// <summary>Adds an error for each pair of <see cref="TlsMode.Files"/> that cannot be served; for the verb that serves.</summary>
    public void ReportFileFaults(SettingsReader reader)
    {
        if (Mode != TlsMode.Files)
        {
            return;
        }

        if (Certificates.Count == 0)
        {
            reader.Fail("Certificates", SettingError.Nothing, "at least one certificate file and its key file",
                $"set {reader.KeyOf("Certificates:0:CertificateFile")} and {reader.KeyOf("Certificates:0:KeyFile")}, or {reader.KeyOf("Mode")} to Acme, Secrets, SelfSigned or (behind a proxy that terminates TLS) None");
        }

        for (int i = 0; i < Certificates.Count; i++)
        {
            // An incomplete pair has its error already.
            if (Certificates[i].IsComplete && !Certificates[i].ReportUnreadable(reader, i) && Certificates[i].Offer().Parse(out string? fault) is null)
            {
                reader.Fail($"Certificates:{i}", fault!, $"give a PEM certificate chain, leaf first, in {Certificates[i].CertificateFile}, and the PEM key of its leaf in {Certificates[i].KeyFile}");
            }
        }
    }
}
