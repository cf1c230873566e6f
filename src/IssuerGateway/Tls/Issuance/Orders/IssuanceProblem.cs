namespace IssuerGateway.Tls.Issuance.Orders;

/// <summary>Types of problems that are the gateway's own, beside those of RFC 8555 §6.7. They are labels of a metric.</summary>
internal static class IssuanceProblem
{
    public const string BadChain = "badChain";
    public const string InvalidProfile = "invalidProfile";
    public const string NotValidated = "notValidated";
    public const string NoUsableChallenge = "noUsableChallenge";
    public const string OrderGone = "orderGone";
    public const string Settings = "settings";
    public const string StillProcessing = "stillProcessing";
    public const string StoreNotWritable = "storeNotWritable";
}
