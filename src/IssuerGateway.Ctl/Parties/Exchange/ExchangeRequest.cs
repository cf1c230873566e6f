namespace IssuerGateway.Ctl.Parties.Exchange;

/// <summary>One request to a party and how its response is read; a success may lead to a further one.</summary>
internal sealed record ExchangeRequest
{
    /// <summary>What the request is, for messages: no credential.</summary>
    public required string Name { get; init; }

    /// <summary>Makes the request from the credential at hand: the token, or what an earlier request gave.</summary>
    public required Func<string, HttpRequestMessage> Create { get; init; }

    public required Func<int, byte[], ExchangeOutcome> Read { get; init; }

    /// <summary>What a success gives for <see cref="Next"/>; it is never shown.</summary>
    public Func<byte[], string?>? Credential { get; init; }

    public ExchangeRequest? Next { get; init; }
}
