namespace IssuerGateway.Ctl.Parties.EntraApp.SignIn;

/// <summary>Whose identity is used against Microsoft Graph.</summary>
internal enum SignInMethod
{
    /// <summary>Environment, workload identity, az login, and on a terminal device code: the first that is set up.</summary>
    Auto,

    /// <summary>The user of <c>az login</c>.</summary>
    Az,

    /// <summary><c>AZURE_CLIENT_ID</c> with <c>AZURE_CLIENT_SECRET</c> or <c>AZURE_CLIENT_CERTIFICATE_PATH</c>.</summary>
    Environment,

    /// <summary><c>AZURE_FEDERATED_TOKEN_FILE</c>: a projected Kubernetes token, or one of a CI system.</summary>
    WorkloadIdentity,

    /// <summary>A code that is typed into a browser anywhere.</summary>
    DeviceCode,
}
