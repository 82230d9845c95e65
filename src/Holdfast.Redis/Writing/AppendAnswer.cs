using System.Text;
using Holdfast.Logs;
using Holdfast.Redis.Indexing;
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

    /// <exception cref="CorruptStateException">The thread is damaged.</exception>
    public AppendResult Read(IndexEntry append) => (char)_text.FirstOrDefault() switch
    {
        'a' => AppendResult.Appended(append.Version),
        'd' => AppendResult.Duplicate((long)Rest),
        'c' => AppendResult.Conflict((long)Rest),
        _ => throw new CorruptStateException(append.Key, 0, $"{(string?)Rest}. Did the server evict keys? docs/redis.md tells how to keep it from doing so."),
    };

    private RedisValue Rest => Encoding.UTF8.GetString(_text.AsSpan(1));
}
