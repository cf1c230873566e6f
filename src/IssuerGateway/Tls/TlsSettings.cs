using IssuerGateway.Settings;

namespace IssuerGateway.Tls;

/// <summary>Where the serving certificates come from.</summary>
internal enum TlsMode
{
    /// <summary>PEM pairs on disk.</summary>
    Files,

    /// <summary>Made at start, trusted by nobody who is not told to: for trying things out.</summary>
    SelfSigned,

    /// <summary>Plain HTTP, for use behind a proxy that ends TLS.</summary>
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

    public static TlsSettings Read(SettingsReader reader)
    {
        TlsSettings settings = new()
        {
            Mode = reader.Choice("Mode", TlsMode.Files),
            Certificates = [.. reader.Sections("Certificates").Select(CertificateFiles.Read)],
            SelfSignedExportFile = reader.Section("SelfSigned").Text("ExportFile"),
        };
        if (settings.Mode == TlsMode.Files && settings.Certificates.Count == 0)
        {
            reader.Fail("Certificates", "nothing", "at least one certificate file and its key file",
                $"set {reader.KeyOf("Certificates:0:CertificateFile")} and {reader.KeyOf("Certificates:0:KeyFile")}, or {reader.KeyOf("Mode")} to Acme, Secrets, SelfSigned or (behind a proxy that ends TLS) None");
        }

        if (settings.Mode is TlsMode.Acme or TlsMode.Secrets)
        {
            reader.Fail("Mode", settings.Mode.ToString(), "Files, SelfSigned or None", "certificates by ACME and from Secrets are not built yet");
        }

        return settings;
    }

    /// <summary>Adds an error for each pair of <see cref="TlsMode.Files"/> that cannot be served; for the verb that serves.</summary>
    public void ReportFileFaults(SettingsReader reader)
    {
        if (Mode != TlsMode.Files)
        {
            return;
        }

        for (int i = 0; i < Certificates.Count; i++)
        {
            // An incomplete pair has its error already.
            if (Certificates[i].IsComplete && Certificates[i].Offer().Parse(out string? fault) is null)
            {
                reader.Fail($"Certificates:{i}", fault!, "a PEM certificate chain, leaf first, and the PEM key of its leaf",
                    $"correct {Certificates[i].CertificateFile} or {Certificates[i].KeyFile}");
            }
        }
    }
}
