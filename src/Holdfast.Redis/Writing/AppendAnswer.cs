using System.Globalization;
using System.Text;
using Holdfast.Logs;
using Holdfast.Redis.Rows;
using StackExchange.Redis;

namespace Holdfast.Redis.Writing;

/// <summary>What the server said to one append: a letter, and what belongs to it; or what is stored, if the entry does not follow that.</summary>
internal readonly struct AppendAnswer(RedisResult answer)
{
    private const int LifeSize = 16;
    private readonly byte[] _text = answer.Resp2Type == ResultType.BulkString ? (byte[]?)answer ?? [] : [];

    /// <summary>Whether nothing was written because the index must be told before.</summary>
    public bool NeedsIndex => Letter == 'i';

    /// <summary>The thread's life; said when the index is elsewhere.</summary>
    public CommitId Life => CommitId.FromBytes(_text.AsSpan(1, LifeSize));

    /// <summary>Whether the thread was due at some time before, and is not any more.</summary>
    public bool EndsDue => _text[1 + LifeSize] == '1';

    /// <summary>The expiry that is stored now.</summary>
    public RedisValue Expiry => _text[(2 + LifeSize)..];

    /// <summary>Why the index could not be written; null if it was.</summary>
    public string? IndexFailure => Letter == 'w' ? Rest : null;

    /// <exception cref="CorruptStateException">The thread is damaged.</exception>
    /// <exception cref="StateConfigurationException">The clock of the writer is behind that of the server.</exception>
    public AppendResult Read(PreparedAppend append, string where) => Letter switch
    {
        'a' or 'w' => AppendResult.Appended(append.Index.Version),
        'n' => AppendResult.Conflict(0),
        'p' => throw Past(append, where),
        '\0' when answer.Resp2Type == ResultType.Array => Refused(append.Request, (RedisValue[])answer!),
        _ => throw new CorruptStateException(append.Key, 0, $"{Rest}. Did the server evict keys? docs/redis.md tells how to keep it from doing so."),
    };

    private char Letter => (char)_text.FirstOrDefault();

    private string Rest => Encoding.UTF8.GetString(_text.AsSpan(1));

    private static AppendResult Refused(AppendRequest request, RedisValue[] stored)
    {
        var (key, meta) = (request.Entry.Key, (byte[])stored[3]!);
        return (byte[])stored[1]! is { Length: LifeSize } life
            && long.TryParse((string?)stored[2], NumberStyles.None, CultureInfo.InvariantCulture, out var first)
            && HeadState.Read((byte[])stored[0]!, key, CommitId.FromBytes(life)) is { } head
            && AppendRules.Decide(request, head.Version, first, head.Life, head.ChainHash, _ => meta.Length < LifeSize ? null : CommitId.FromBytes(meta.AsSpan(0, LifeSize))) is { } result
                ? result
                : throw new CorruptStateException(key, 0, "the fields of its head are not those that Holdfast writes.");
    }

    private StateConfigurationException Past(PreparedAppend append, string where)
        => new($"Version {append.Index.Version} of thread '{append.Key}' would have expired at {Millis.Read(append.Index.Expiry):O}, and it is {Millis.Read(Rest):O} by the clock of {where}, which removes threads a day after they expired. "
            + $"The commit was made at {append.Request.Head.UpdatedAt:O} by the clock of its process. Nothing was written. Set the clocks right, or let threads live longer than the clocks differ.");
}
