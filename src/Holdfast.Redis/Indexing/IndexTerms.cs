using System.Buffers;
using System.Buffers.Text;
using System.Text;
using Holdfast.Logs;
using StackExchange.Redis;

namespace Holdfast.Redis.Indexing;

/// <summary>What threads are found by: the user, the agent, the status, whether they were deleted, each value of the metadata, and the terms of the head.</summary>
internal static class IndexTerms
{
    public const string Deleted = "d";

    public static string OfUser(string user) => "u:" + user;

    public static string OfAgent(string agent) => "a:" + agent;

    public static string OfStatus(ThreadStatus status) => "s:" + status.ToName();

    /// <summary>The term of a metadata value; the length of the key keeps key and value apart.</summary>
    public static string OfMetadata(string key, string value) => $"m:{Encoding.UTF8.GetByteCount(key)}:{key}={value}";

    /// <summary>The term of one of the head's own terms.</summary>
    public static string OfTerm(string term) => "t:" + term;

    /// <summary>The terms of a thread.</summary>
    public static IEnumerable<string> Of(ThreadHead head)
    {
        if (head.UserId is { } user)
        {
            yield return OfUser(user);
        }

        if (head.Agent is { } agent)
        {
            yield return OfAgent(agent);
        }

        yield return OfStatus(head.Status);
        if (head.DeletedAt is not null)
        {
            yield return Deleted;
        }

        foreach (var (key, value) in head.Metadata.OrderBy(item => item.Key, StringComparer.Ordinal))
        {
            if (MetadataTerm.Of(value) is { } term)
            {
                yield return OfMetadata(key, term);
            }
        }

        foreach (var term in head.Terms.Distinct(StringComparer.Ordinal))
        {
            yield return OfTerm(term);
        }
    }

    /// <summary>The terms of a thread one after the other, each with its length in bytes and a colon before it.</summary>
    public static byte[] Write(ThreadHead head)
    {
        var text = new ArrayBufferWriter<byte>();
        foreach (var term in Of(head))
        {
            var length = Encoding.UTF8.GetByteCount(term);
            var output = text.GetSpan(length + 12);
            Utf8Formatter.TryFormat(length, output, out var digits);
            output[digits] = (byte)':';
            text.Advance(digits + 1 + Encoding.UTF8.GetBytes(term, output[(digits + 1)..]));
        }

        return text.WrittenSpan.ToArray();
    }

    /// <summary>Reads what <see cref="Write"/> wrote, as far as it goes.</summary>
    public static IReadOnlyList<RedisValue> Read(ReadOnlyMemory<byte> text)
    {
        var terms = new List<RedisValue>();
        while (Utf8Parser.TryParse(text.Span, out int length, out var digits) && digits < text.Length && length >= 0 && length <= text.Length - digits - 1)
        {
            terms.Add(text.Slice(digits + 1, length));
            text = text[(digits + 1 + length)..];
        }

        return terms;
    }
}
