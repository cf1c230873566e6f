using System.Text.Json.Nodes;
using IssuerGateway.Ctl.Parties.Verification;

namespace IssuerGateway.Ctl.Parties.Registering;

/// <summary>What one registration at one party is: how to reach it, and what to change there.</summary>
internal abstract class PartyRegistrar
{
    /// <summary>URL of the API without a slash at the end.</summary>
    public abstract string Endpoint { get; }

    /// <summary>The option that names the endpoint.</summary>
    public abstract string EndpointOption { get; }

    /// <summary>The party's name in messages.</summary>
    public abstract string Title { get; }

    /// <summary>PEM roots of the server as options gave them; absent for those of the system.</summary>
    public required Checking.Fetching.ConnectionOverrides Overrides { get; init; }

    /// <summary>How the issuer's documents are fetched, for a comparison of keys.</summary>
    public Checking.Fetching.ConnectionOverrides IssuerOverrides { get; init; } = Checking.Fetching.ConnectionOverrides.None;

    /// <summary>Adds the credential to the request, and returns it so that no text shows it.</summary>
    public abstract ValueTask<string> AuthorizeAsync(HttpRequestMessage request, CancellationToken cancellationToken);

    /// <summary>Whether the party wants the same request again, beyond 429 and 503.</summary>
    public virtual bool IsPassing(PartyResponse response) => false;

    public abstract Task<PlannedChanges> PlanAsync(PartyApi api, CancellationToken cancellationToken);

    public abstract Task<PlannedChanges> PlanRemovalAsync(PartyApi api, CancellationToken cancellationToken);

    /// <summary>Reads the registration and reports what the workload's tokens would fail at.</summary>
    public abstract Task<VerifiedTrust> VerifyAsync(PartyApi api, TrustReport report, CancellationToken cancellationToken);

    /// <summary>Whether the body is an error as this party writes them; others are of a proxy, or of another server.</summary>
    public abstract bool HasError(PartyResponse response);

    /// <summary>The party's own words for an error of its own, and what to do.</summary>
    public abstract (string Message, string Hint) Explain(PartyResponse response);

    /// <summary>Whether the party says that something is not there; any other 404 says only that this is no URL of the party.</summary>
    protected bool IsMissing(PartyResponse response) => response.Status == 404 && HasError(response);

    /// <summary>The response, when it is a success with a JSON object.</summary>
    /// <exception cref="PartyRejectionException">It is another.</exception>
    protected static PartyResponse Checked(PartyResponse response) => response is { IsSuccess: true, Body: JsonObject } ? response : throw new PartyRejectionException(response);

    /// <summary>What the caller sees after an apply.</summary>
    public abstract string Next { get; }
}

/// <summary>A response that ends the verb: the party rejected the request.</summary>
internal sealed class PartyRejectionException(PartyResponse response) : Exception
{
    public PartyResponse Response => response;
}
