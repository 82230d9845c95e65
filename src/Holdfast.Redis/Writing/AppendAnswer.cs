using System.Globalization;
using System.Text;
using Holdfast.Logs;
using Holdfast.Redis.Values;
using StackExchange.Redis;

namespace Holdfast.Redis.Writing;

/// <summary>What the server said to one append: a letter, and what belongs to it.</summary>
internal readonly struct AppendAnswer(RedisResult answer)
{
    private const int BornSize = 16;
    private readonly byte[] _text = (byte[]?)answer ?? [];

    /// <summary>The thread's first commit; said when the index is elsewhere.</summary>
    public RedisValue Born => _text[1..(1 + BornSize)];

    /// <summary>Whether more than the state of the head changed, or the expiry came earlier.</summary>
    public bool ChangesIndex => _text[1 + BornSize] == '1';

    /// <summary>The expiry that is stored now.</summary>
    public RedisValue Expiry => _text[(2 + BornSize)..];

    /// <summary>Why the index could not be written; null if it was.</summary>
    public string? IndexFailure => (char)_text.FirstOrDefault() == 'w' ? Rest : null;

    /// <exception cref="CorruptStateException">The thread is damaged.</exception>
    /// <exception cref="StateConfigurationException">The clock of the writer is behind that of the server.</exception>
    public AppendResult Read(PreparedAppend append, string where) => (char)_text.FirstOrDefault() switch
    {
        'a' or 'w' => AppendResult.Appended(append.Index.Version),
        'd' => AppendResult.Duplicate(Number(append)),
        'c' => AppendResult.Conflict(Number(append)),
        'p' => throw Past(append, where),
        _ => throw new CorruptStateException(append.Key, 0, $"{Rest}. Did the server evict keys? docs/redis.md tells how to keep it from doing so."),
    };

    private string Rest => Encoding.UTF8.GetString(_text.AsSpan(1));

    private long Number(PreparedAppend append)
        => long.TryParse(Rest, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? number
            : throw new CorruptStateException(append.Key, 0, "the head names a version that no thread can have.");

    private StateConfigurationException Past(PreparedAppend append, string where)
        => new($"Version {append.Index.Version} of thread '{append.Key}' would have expired at {Instants.Read((RedisValue)append.Index.Expiry):O}, and it is {Instants.Read(Rest):O} by the clock of {where}. "
            + $"The commit was made at {append.At:O} by the clock of its process. Nothing was written. Set the clocks right, or let threads live longer than the clocks differ.");
}
