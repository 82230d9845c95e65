using System.Buffers.Binary;
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace Holdfast.Logs;

/// <summary>The position of a listing between two pages: the last head that was returned.</summary>
/// <param name="At">When that thread had been updated; in a listing of those that are due, when it was due.</param>
/// <param name="Key">That thread.</param>
public readonly record struct HeadCursor(DateTimeOffset At, ThreadKey Key)
{
    // Which listing (1 byte), the check (2 bytes), the time (8 bytes), then the id, or the tenant, a line feed and the id.
    private const byte Recent = 0x10;
    private const byte ById = 0x11;
    private const byte Due = 0x14;
    private const byte OfAllTenants = 0x02;
    private const int CheckLength = 2;
    private const int PositionStart = 1 + CheckLength;
    private const int NameStart = PositionStart + sizeof(long);

    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>The cursor of a listing after <paramref name="head"/>.</summary>
    public static HeadCursor After(ThreadHead head, HeadQuery query)
    {
        ArgumentNullException.ThrowIfNull(head);
        ArgumentNullException.ThrowIfNull(query);
        return new(query.DueBefore is null ? head.UpdatedAt : head.DueAt ?? DateTimeOffset.MinValue, head.Key);
    }

    /// <summary>Reads the continuation of a query.</summary>
    /// <returns>The cursor; null when the query has no continuation, so that it asks for the first page.</returns>
    /// <exception cref="ArgumentException">The continuation is not one that a listing of this space and tenant in this order returned.</exception>
    public static HeadCursor? Parse(HeadQuery query)
    {
        ArgumentNullException.ThrowIfNull(query);
        if (query.Filter.Continuation is not { } continuation)
        {
            return null;
        }

        try
        {
            var token = Base64Url.DecodeFromChars(continuation);
            if (token.Length > NameStart && token[0] == KindOf(query) && CheckOf(token, query).AsSpan().SequenceEqual(token.AsSpan(1, CheckLength)))
            {
                var at = DateTimeOffset.FromUnixTimeMilliseconds(BinaryPrimitives.ReadInt64BigEndian(token.AsSpan(PositionStart)));
                return new(at, KeyOf(Strict.GetString(token.AsSpan(NameStart)), query));
            }
        }
        catch (Exception e) when (e is FormatException or ArgumentException or OverflowException or AgentStateException)
        {
            // Falls through to the one error that callers are told of.
        }

        throw new ArgumentException(
            "The continuation is not one that this listing returned: pass the one of the page before, to a query of the same space, tenant and order.", nameof(query));
    }

    /// <summary>The continuation of a query after this position, for <see cref="ThreadQuery.Continuation"/>.</summary>
    /// <remarks>It does not tell the tenant, unless the query is over all of them.</remarks>
    public string ToContinuation(HeadQuery query)
    {
        ArgumentNullException.ThrowIfNull(query);
        var name = Strict.GetBytes(query.Tenant is null ? $"{Key.Tenant}\n{Key.Id.Value}" : Key.Id.Value);
        var token = new byte[NameStart + name.Length];
        token[0] = KindOf(query);
        BinaryPrimitives.WriteInt64BigEndian(token.AsSpan(PositionStart), At.ToUnixTimeMilliseconds());
        name.CopyTo(token, NameStart);
        CheckOf(token, query).CopyTo(token, 1);
        return Base64Url.EncodeToString(token);
    }

    private static byte KindOf(HeadQuery query)
        => (byte)((query.DueBefore is not null ? Due : query.Filter.Order == ThreadOrder.Id ? ById : Recent) | (query.Tenant is null ? OfAllTenants : 0));

    private static ThreadKey KeyOf(string name, HeadQuery query)
    {
        if (query.Tenant is { } tenant)
        {
            return ThreadKey.Of(query.Space, tenant, name);
        }

        // Neither a tenant nor an id has a line feed.
        var end = name.IndexOf('\n', StringComparison.Ordinal);
        return ThreadKey.Of(query.Space, name[..Math.Max(end, 0)], name[(end + 1)..]);
    }

    // It finds mistakes. It is no secret, and so short that guesses at the tenant's name cannot be confirmed by it.
    private static byte[] CheckOf(ReadOnlySpan<byte> token, HeadQuery query)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(token[..1]);
        hash.AppendData(token[PositionStart..]);
        hash.AppendData([(byte)query.Space]);
        hash.AppendData(Strict.GetBytes(query.Tenant ?? ""));
        return hash.GetHashAndReset()[..CheckLength];
    }
}
