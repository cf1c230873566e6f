using IssuerGateway.Base;

namespace IssuerGateway.Ctl.Parties.Registering;

/// <summary>What a response means that is not one of the party's own: a redirect, the page of a proxy, another server.</summary>
internal static class ForeignResponse
{
    /// <summary>Absent when the party itself says what is wrong.</summary>
    public static (string Message, string Hint)? Explain(PartyResponse response, PartyRegistrar party)
    {
        string said = $"{party.Endpoint}: status {response.Status}";
        return response.Status switch
        {
            >= 300 and < 400 => ($"{said}, a redirect{(response.Location is { } location ? $" to {PrintableText.Quote(location)}" : "")}", $"redirects are not followed, because the token would travel with them: correct {party.EndpointOption}"),
            >= 200 and < 300 => ($"{said} with a body that is not {party.Title}'s", $"another server or a proxy responded: correct {party.EndpointOption}"),
            _ when party.HasError(response) => null,
            429 or >= 500 => ($"{said} without an error of {party.Title}", "run it again later; it does only what is missing"),
            _ => ($"{said} without an error of {party.Title}", $"another server or a proxy responded: correct {party.EndpointOption}"),
        };
    }
}
