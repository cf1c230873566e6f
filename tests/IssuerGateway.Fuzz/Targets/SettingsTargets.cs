using System.Text;
using IssuerGateway.Base;
using IssuerGateway.Cli;
using IssuerGateway.Issuers;
using IssuerGateway.Kubernetes.Documents;
using IssuerGateway.Upstream;
using Microsoft.Extensions.Configuration;

namespace IssuerGateway.Fuzz.Targets;

/// <summary>What an operator gives.</summary>
internal static class SettingsTargets
{
    public static void Settings(byte[] bytes)
    {
        IConfiguration configuration;
        try
        {
            configuration = new ConfigurationBuilder().AddJsonStream(new MemoryStream(bytes)).Build();
        }
        catch (Exception e) when (ConfigurationOptions.IsMalformed(e))
        {
            // It is reported.
            return;
        }

        GatewaySettings? settings = GatewaySettings.Read(configuration, out IReadOnlyList<SettingError> errors);
        BrokenPromiseException.Unless(settings is null == errors.Count > 0, "settings or errors");
        BrokenPromiseException.Unless(errors.All(error => error.Message.Length > error.Key.Length + 2 && error.Hint.Length > 0), "each error says what is wrong and how to fix it");
    }

    public static void Duration(byte[] bytes)
    {
        string text = Encoding.UTF8.GetString(bytes);
        if (DurationText.TryParse(text, out TimeSpan duration))
        {
            BrokenPromiseException.Unless(duration >= TimeSpan.Zero, "a duration is not negative");
            BrokenPromiseException.Unless(DurationText.TryParse(DurationText.Show(duration), out TimeSpan again) && again == duration, "what is shown is read");
        }
    }

    public static void PublicKeyFile(byte[] bytes)
    {
        IReadOnlyList<PublicKeyJwk> keys = Upstream.PublicKeyFile.Read("sa.pub", bytes, out FetchFault? fault);
        BrokenPromiseException.Unless(keys.Count == 0 == fault is not null, "keys or a fault");
        foreach (PublicKeyJwk key in keys)
        {
            KeySet? set = KeySet.Parse(Encoding.UTF8.GetBytes($"{{\"keys\":[{key.Json}]}}"), out _);
            BrokenPromiseException.Unless(set is not null && FidelityRules.Validate(set).All(finding => finding.Severity != Severity.Error), "what is made of a key can be published");
            BrokenPromiseException.Unless(set!.Keys[0].KeyId == key.KeyId, "under its kid");
        }
    }
}
