using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Holdfast;

/// <summary>
/// The idempotency keys of the turns of a thread that ended: all of them, for ever. The newest are folded; older ones are in pages, which are records, and of which sixteen of a size are merged into one of the next.
/// </summary>
/// <remarks>Pages are made by the commit that begins a turn: it is never moved onto what others committed, so no page is made of what is not there any more.</remarks>
/// <param name="session">The thread.</param>
internal sealed class KeyIndex(SessionState session)
{
    /// <summary>How many keys are folded before the oldest of them become a page.</summary>
    public const int MostFolded = 64;

    private const int PageSize = 32;
    private const int PagesOfASize = 16;
    private const int LargestSize = 2;
    private const int DigestChars = 6;

    /// <summary>With what the keys of pages begin. They are shorter than the hashes of keys, which have 16 characters.</summary>
    private const char PageMark = 'p';

    /// <summary>The version of the record of the turn that ended with a key; null if there is none.</summary>
    public async ValueTask<long?> FindAsync(string key, CancellationToken cancellationToken)
    {
        var hash = KeyHash.Of(key);
        if (session.State.TryGet(TurnSections.Keys, hash, out var json))
        {
            return long.Parse(json.Span, CultureInfo.InvariantCulture);
        }

        var digest = Convert.FromBase64String(hash);
        foreach (var page in List())
        {
            if (KeyPage.Find((await ReadAsync(page, cancellationToken).ConfigureAwait(false)).Span, digest) is { } version)
            {
                return version;
            }
        }

        return null;
    }

    /// <summary>Remembers the key of a turn that ends with the commit of a version.</summary>
    /// <param name="hash">The <see cref="KeyHash"/> of the key.</param>
    /// <param name="version">The version.</param>
    public void Remember(string hash, long version) => session.Set(TurnSections.Keys, hash, Encoding.ASCII.GetBytes(version.ToString(CultureInfo.InvariantCulture)));

    /// <summary>What the commit that begins a turn does about the keys; null where there are not enough for a page.</summary>
    public async ValueTask<Action<TurnBatch>?> PageAsync(CancellationToken cancellationToken)
    {
        var folded = (session.State.Find(TurnSections.Keys) ?? []).Where(key => !IsPage(key.Key)).ToList();
        if (folded.Count < MostFolded)
        {
            return null;
        }

        var oldest = folded.Take(PageSize).ToList();
        var page = KeyPage.Pack(oldest.Select(key => ((ReadOnlyMemory<byte>)Convert.FromBase64String(key.Key), long.Parse(key.Value.Span, CultureInfo.InvariantCulture))));
        var (size, pages, merged) = (0, List(), new List<Place>());
        while (size < LargestSize && pages.Skip(merged.Count).TakeWhile(other => other.Size == size).Take(PagesOfASize - 1).ToList() is { Count: PagesOfASize - 1 } same && page.Length * 4L * PagesOfASize < session.Options.MaxCommitBytes)
        {
            var keys = KeyPage.Unpack(page).ToList();
            foreach (var older in same)
            {
                keys.AddRange(KeyPage.Unpack(await ReadAsync(older, cancellationToken).ConfigureAwait(false)));
            }

            (page, size) = (KeyPage.Pack(keys), size + 1);
            merged.AddRange(same);
        }

        return batch =>
        {
            session.Records.Add(StoredRecord.Keys, Encoding.ASCII.GetBytes($"\"{Convert.ToBase64String(page)}\""));
            oldest.ForEach(key => session.Remove(TurnSections.Keys, key.Key));
            merged.ForEach(place => session.Remove(TurnSections.Keys, place.Key));
            batch.AtVersion((_, version) =>
            {
                var place = new Place(version, session.Pending.Records.FindIndex(record => record.Kind == StoredRecord.Keys), size, DigestOf(page));
                session.Set(TurnSections.Keys, place.Key, place.ToJson());
            });
        };
    }

    private static string DigestOf(ReadOnlyMemory<byte> page) => Convert.ToBase64String(Digest.Compute(page.Span).ToByteArray())[..DigestChars];

    private static bool IsPage(string key) => key.Length < 16 && key.StartsWith(PageMark);

    // Newest first.
    private List<Place> List() => [.. (session.State.Find(TurnSections.Keys) ?? []).Where(key => IsPage(key.Key)).Select(key => Place.Of(key.Key, key.Value)).Reverse()];

    private async ValueTask<ReadOnlyMemory<byte>> ReadAsync(Place place, CancellationToken cancellationToken)
    {
        var cache = session.Store.KeyPages;
        var name = $"{session.Base!.Life}/{place.Version}/{place.Index}/{place.Digest}";
        if (cache.TryGet(name, out var known))
        {
            return known;
        }

        var records = await session.Records.ReadAsync(place.Version, cancellationToken).ConfigureAwait(false);
        if (place.Index >= records.Count || records[place.Index].Kind != StoredRecord.Keys || JsonElement.Parse(records[place.Index].Json.Span).GetBytesFromBase64() is not { } page || DigestOf(page) != place.Digest)
        {
            throw new CorruptStateException(session.Key, place.Version, $"it is said to have a page of keys at place {place.Index}, and has not.");
        }

        cache.Add(name, page);
        return page;
    }

    // Where a page is, how often its keys were merged, and the beginning of the digest of what it holds: a log that was brought back from a backup may have another page at the same place.
    private readonly record struct Place(long Version, int Index, int Size, string Digest)
    {
        public string Key => string.Create(CultureInfo.InvariantCulture, $"{PageMark}{Version}");

        public static Place Of(string key, ReadOnlyMemory<byte> json)
        {
            var page = JsonElement.Parse(json.Span);
            return new(long.Parse(key.AsSpan(1), CultureInfo.InvariantCulture), page[0].GetInt32(), page[1].GetInt32(), page[2].GetString()!);
        }

        public byte[] ToJson() => Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"[{Index},{Size},\"{Digest}\"]"));
    }
}
