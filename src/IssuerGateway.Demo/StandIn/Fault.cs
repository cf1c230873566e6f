namespace IssuerGateway.Demo.StandIn;

/// <summary>What an API server can be made to do wrong.</summary>
internal enum FaultKind
{
    /// <summary>Responds with <see cref="Fault.Status"/> as an API server words it.</summary>
    Status,

    /// <summary>302 to <see cref="Fault.Location"/>.</summary>
    Redirect,

    /// <summary>Reads the request and never responds.</summary>
    Hang,

    /// <summary>The right response, one byte at once and then one a second of the cluster's clock.</summary>
    SlowDrip,

    /// <summary>The right response followed by blanks up to <see cref="Fault.Size"/> bytes.</summary>
    Oversize,

    /// <summary>Promises the whole document by Content-Length, sends half of it and drops the connection.</summary>
    Truncated,

    /// <summary>Half of the document, with a Content-Length that agrees.</summary>
    BrokenJson,

    /// <summary>The right document whose first member occurs twice.</summary>
    DuplicateMember,

    /// <summary>A discovery document that names <see cref="Fault.Issuer"/>; a JWK Set has no issuer and stays right.</summary>
    OtherIssuer,

    /// <summary>A JWK Set whose first key carries its private half; the discovery document stays right.</summary>
    PrivateKey,

    /// <summary>A JWK Set without keys; the discovery document stays right.</summary>
    EmptySet,

    /// <summary>A JWK Set with two keys under the first one's kid; the discovery document stays right.</summary>
    DuplicateKid,

    /// <summary>A proxy's error page with status 200.</summary>
    HtmlPage,

    /// <summary>A TLS certificate of a CA that nobody trusts; open connections are dropped. Concerns every request.</summary>
    CertificateOfAnotherCa,

    /// <summary>A TLS certificate of the cluster's CA for another name; open connections are dropped. Concerns every request.</summary>
    CertificateOfAnotherName,
}

/// <summary>Which requests a fault concerns.</summary>
[Flags]
internal enum FaultTarget
{
    Discovery = 1,
    KeySet = 2,
    Documents = Discovery | KeySet,
    Probes = 4,
    Everything = Documents | Probes,
}

/// <summary>One fault of one API server and what it needs to know.</summary>
internal sealed record Fault(FaultKind Kind, FaultTarget On = FaultTarget.Documents)
{
    public int Status { get; init; } = 500;

    public string Location { get; init; } = "https://elsewhere.example.test/";

    public string Issuer { get; init; } = "https://other.example.test";

    public int Size { get; init; } = 1 << 20;

    /// <summary>Whether an oversize response keeps its length to itself (chunked) instead of stating it.</summary>
    public bool Chunked { get; init; }

    public static Fault OfStatus(int status, FaultTarget on = FaultTarget.Documents) => new(FaultKind.Status, on) { Status = status };
}
