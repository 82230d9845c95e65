using System.Collections.Concurrent;

namespace Holdfast;

/// <summary>Pages that were read from logs and never change, by where they are and a digest of what they hold.</summary>
internal sealed class PageCache
{
    /// <summary>How much is kept, in bytes.</summary>
    private const long Most = 16 * 1024 * 1024;

    private readonly ConcurrentDictionary<string, ReadOnlyMemory<byte>> _pages = new(StringComparer.Ordinal);
    private long _bytes;

    public bool TryGet(string name, out ReadOnlyMemory<byte> page) => _pages.TryGetValue(name, out page);

    public void Add(string name, ReadOnlyMemory<byte> page)
    {
        if (Interlocked.Add(ref _bytes, page.Length) > Most)
        {
            // Whoever needs them reads them again.
            _pages.Clear();
            Interlocked.Exchange(ref _bytes, page.Length);
        }

        _pages[name] = page;
    }
}
