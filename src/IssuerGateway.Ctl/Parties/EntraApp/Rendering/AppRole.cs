using System.Security.Cryptography;
using System.Text;

namespace IssuerGateway.Ctl.Parties.EntraApp.Rendering;

/// <summary>
/// A role that users and groups can be assigned to and that arrives in the claim <c>roles</c>. Its id follows from its
/// value, so every template, run and machine makes the same role.
/// </summary>
internal sealed record AppRole(string Value)
{
    // RFC 9562 §5.8: version 8 leaves the content to its maker, here a hash of the value.
    public Guid Id { get; } = IdOf(Value);

    private static Guid IdOf(string value)
    {
        byte[] bytes = SHA256.HashData(Encoding.UTF8.GetBytes($"issuer-gateway app role {value}"))[..16];
        bytes[6] = (byte)((bytes[6] & 0x0f) | 0x80);
        bytes[8] = (byte)((bytes[8] & 0x3f) | 0x80);
        return new Guid(bytes, bigEndian: true);
    }
}
