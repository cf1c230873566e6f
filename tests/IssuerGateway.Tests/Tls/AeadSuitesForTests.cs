using System.Runtime.CompilerServices;
using IssuerGateway.Tls;

namespace IssuerGateway.Tests.Tls;

/// <summary>The test process starts as Program does: before its first use of OpenSSL.</summary>
internal static class AeadSuitesForTests
{
#pragma warning disable CA2255 // It has to run before the test runner hashes its first identifier.
    [ModuleInitializer]
    internal static void Restrict() => AeadSuites.Restrict();
#pragma warning restore CA2255
}
