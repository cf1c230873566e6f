using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using IssuerGateway.Base;
using IssuerGateway.Checking.Reports;
using IssuerGateway.Checking.Tokens;
using IssuerGateway.Kubernetes.Trust;

namespace IssuerGateway.Checking.Fetching;

/// <summary>The roots in the file of <c>--ca</c>, or what is wrong with it.</summary>
internal static class RootsFileReader
{
    private const string Key = "--ca";
    private const string Hint = "name a PEM file with root certificates, or leave --ca out for the roots of the system";

    public static X509Certificate2Collection? Read(string file, List<SettingError> errors)
    {
        if (EmptyValue.Is(file))
        {
            errors.Add(SettingError.Of(Key, EmptyValue.Message, EmptyValue.Hint));
            return null;
        }

        if (TokenShape.InPlaceOfFile(file) is { } mistake)
        {
            errors.Add(SettingError.Of(Key, mistake, Hint));
            return null;
        }

        string name = PrintableText.Of(file);
        try
        {
            byte[] content = NamedFile.Read(file, TrustAnchors.MaxBytes);
            X509Certificate2Collection roots = PemText.Bundle(content);
            if (roots.Count > 0)
            {
                return roots;
            }

            errors.Add(content is [0x30, ..]
                ? SettingError.Of(Key, $"{name} is not PEM; it may be DER", $"convert it: openssl x509 -inform der -in {ShellText.File(file)} -out ca.pem")
                : SettingError.Of(Key, $"{name} contains no certificate", Hint));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException or ArgumentException)
        {
            errors.Add(e switch
            {
                _ when Directory.Exists(file) => SettingError.Of(Key, $"{name} is a folder", Hint),
                FileNotFoundException or DirectoryNotFoundException => SettingError.Of(Key, $"{name} does not exist", Hint),
                UnauthorizedAccessException => SettingError.Of(Key, $"{name} may not be read by this user", $"see who may: ls -l {ShellText.File(file)}"),
                FileTooLargeException => SettingError.Of(Key, $"{name} is larger than {TrustAnchors.MaxBytes} bytes", Hint),
                CryptographicException => SettingError.Of(Key, $"a certificate in {name} cannot be read", Hint),
                _ => SettingError.Of(Key, $"{name}: {PrintableText.Of(e.Message.Split(" : '")[0])}", Hint),
            });
        }

        return null;
    }
}
