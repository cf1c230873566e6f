using System.Collections.Immutable;

namespace IssuerGateway.Demo.StandIn;

/// <summary>What a fault makes of the right response; how it is delivered is <see cref="ResponseWriter"/>'s part.</summary>
internal static class FaultyResponses
{
    public static StandInResponse Apply(Fault fault, StandInResponse right, StandInApiServer server) => fault.Kind switch
    {
        FaultKind.Status => OfStatus(fault.Status),
        FaultKind.Redirect => new StandInResponse(302, "text/html; charset=utf-8", $"<a href=\"{fault.Location}\">Found</a>.\n\n") { Extra = ("Location", fault.Location) },
        FaultKind.HtmlPage => new StandInResponse(200, "text/html; charset=utf-8", "<!DOCTYPE html>\n<html><head><title>Bad gateway</title></head><body><h1>Bad gateway</h1></body></html>\n"),
        FaultKind.Oversize => right with { Body = right.Body.PadRight(fault.Size) },

        // The rest spoil a document; there is none when the response is an error already.
        _ when right.Status != 200 => right,
        _ => right with { Body = Spoil(fault, right.Body, server) },
    };

    private static string Spoil(Fault fault, string document, StandInApiServer server)
    {
        ImmutableList<ServiceAccountKey> keys = server.Keys;
        bool isKeySet = document.StartsWith("{\"keys\":", StringComparison.Ordinal);
        return fault.Kind switch
        {
            FaultKind.BrokenJson => document[..(document.Length / 2)],
            FaultKind.DuplicateMember => isKeySet ? $"{{\"keys\":[],{document[1..]}" : $"{{\"issuer\":{GoJson.Text(fault.Issuer)},{document[1..]}",
            FaultKind.OtherIssuer when !isKeySet => ApiDocuments.Discovery(server, fault.Issuer),
            FaultKind.PrivateKey when isKeySet => ApiDocuments.KeySetOf([keys[0].PrivateJwk(), .. keys.Skip(1).Select(key => key.Jwk)]),
            FaultKind.EmptySet when isKeySet => ApiDocuments.KeySet([]),
            FaultKind.DuplicateKid when isKeySet => ApiDocuments.KeySetOf([.. keys.Select(key => key.Jwk), ServiceAccountKey.Create(SigningAlgorithm.ES256).JwkUnder(keys[0].KeyId)]),
            _ => document,
        };
    }

    private static StandInResponse OfStatus(int status) => status switch
    {
        401 => StandInResponse.Unauthorized,
        403 => StandInResponse.Forbidden("forbidden: User \"system:anonymous\" cannot get path"),
        404 => StandInResponse.NotFound,
        405 => StandInResponse.MethodNotAllowed,
        406 => StandInResponse.NotAcceptable("application/vnd.example"),
        429 => StandInResponse.TooManyRequests,
        500 => StandInResponse.Failure(500, "InternalError", "Internal error occurred: stand-in fault"),
        503 => StandInResponse.Failure(503, "ServiceUnavailable", "the server is currently unable to handle the request"),
        _ => StandInResponse.Failure(status, "Unknown", "stand-in fault"),
    };
}
