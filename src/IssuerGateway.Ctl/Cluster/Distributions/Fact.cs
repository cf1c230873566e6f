using System.Text.Json.Serialization;

namespace IssuerGateway.Ctl.Cluster.Distributions;

/// <summary>How a fact is known.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<Mark>))]
internal enum Mark
{
    /// <summary>Read in the source of Kubernetes 1.36.</summary>
    Source,

    /// <summary>Run with a kube-apiserver or kubeadm of 1.36.</summary>
    Run,

    /// <summary>Read in the distribution's source or documentation.</summary>
    Documented,

    /// <summary>A public report.</summary>
    Reported,

    /// <summary>Not confirmed by any of these.</summary>
    Unconfirmed,
}

/// <summary>One statement about a distribution, with how it is known.</summary>
internal sealed record Fact(string Text, Mark Mark)
{
    public static Fact Source(string text) => new(text, Mark.Source);

    public static Fact Run(string text) => new(text, Mark.Run);

    public static Fact Documented(string text) => new(text, Mark.Documented);

    public static Fact Reported(string text) => new(text, Mark.Reported);

    public static Fact Unconfirmed(string text) => new(text, Mark.Unconfirmed);

    /// <summary>For a person: what is not confirmed says so.</summary>
    public override string ToString() => Mark switch
    {
        Mark.Unconfirmed => $"{Text} (unconfirmed)",
        Mark.Reported => $"{Text} (reported by users)",
        _ => Text,
    };
}
