using System.Runtime.CompilerServices;
using IssuerGateway.Tls.Serving.OpenSsl;

namespace IssuerGateway.Tests.Tls.Serving;

/// <summary>The test process starts as Program does: before its first use of OpenSSL.</summary>
internal static class OpenSslConfigurationForTests
{
#pragma warning disable CA2255 // It has to run before the test runner hashes its first identifier.
    [ModuleInitializer]
    internal static void Apply() => OpenSslConfiguration.Apply();
#pragma warning restore CA2255
}
