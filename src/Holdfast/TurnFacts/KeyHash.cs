using System.Text;

namespace Holdfast;

/// <summary>Stands for an idempotency key where only few bytes are kept of each.</summary>
internal static class KeyHash
{
    // The first 12 bytes of its digest.
    public static string Of(string key) => Convert.ToBase64String(Digest.Compute(Encoding.UTF8.GetBytes(key)).ToByteArray().AsSpan(0, 12));
}
