namespace Holdfast;

/// <summary>The times after which keys of a session's thread are gone, and the clock by which that is judged.</summary>
/// <remarks>Sections are read without waiting, so the session takes the store's time when it opens and counts on from there; each commit looks at the store's clock again.</remarks>
internal sealed class KeyTimes
{
    private static readonly TimeSpan Longest = TimeSpan.FromDays(36_500);

    private readonly SessionState _session;
    private DateTimeOffset _at;
    private long _timestamp;
    private bool _isSure;

    public KeyTimes(SessionState session)
    {
        _session = session;
        var store = session.Store;
        (_at, _timestamp, _isSure) = (store.KnownNow, store.Time.GetTimestamp(), store.KnowsTime);
    }

    /// <summary>The time by which the session judges. It never goes back.</summary>
    public DateTimeOffset Now => _at + _session.Store.Time.GetElapsedTime(_timestamp);

    /// <summary>Whether any key has a time.</summary>
    public bool Any => KeyTime.IsUsedIn(_session.State);

    /// <summary>Whether the time of a key has passed.</summary>
    public bool IsGone(string section, string key) => Any && KeyTime.IsGone(_session.State, section, key, Now);

    /// <summary>Sets a value that is gone after a time.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The time is not positive, or longer than 36,500 days.</exception>
    public void Set(string section, string key, ReadOnlyMemory<byte> value, TimeSpan expiresIn)
    {
        if (expiresIn <= TimeSpan.Zero || expiresIn > Longest)
        {
            throw new ArgumentOutOfRangeException(nameof(expiresIn), expiresIn, $"A value can be kept for more than no time and at most {Longest.TotalDays:N0} days.");
        }

        _session.Put(section, key, value);
        _session.Put(SectionNames.Expires, KeyTime.PathOf(section, key), KeyTime.Write(RoundUp(Now + expiresIn)));
    }

    /// <summary>Lets a key stay.</summary>
    /// <returns>Whether it had a time, or may have one that is not known.</returns>
    public bool Forget(string section, string key)
    {
        if (SectionNames.Expires == section || (_session.IsRead && !Any))
        {
            return false;
        }

        return _session.Remove(SectionNames.Expires, KeyTime.PathOf(section, key));
    }

    /// <summary>What the session sets stays, or is gone, as the session says: times that others gave the same keys do not hold.</summary>
    public void ForgetThoseOfOthers()
    {
        if (!Any)
        {
            return;
        }

        var changes = _session.Pending.Sections;
        var replaced = changes.Where(item => !item.Change.OnlyAppends && item.Section != SectionNames.Expires).Select(item => KeyTime.PathOf(item.Section, item.Key));
        foreach (var path in replaced.Where(path => !changes.TryGet(SectionNames.Expires, path, out _) && _session.State.Peek(SectionNames.Expires, path) is not null).ToList())
        {
            changes.Remove(SectionNames.Expires, path);
        }
    }

    /// <summary>Removes the keys whose time has passed, with the commit that is made now.</summary>
    public async ValueTask DropPassedAsync(CancellationToken cancellationToken)
    {
        if (!Any)
        {
            return;
        }

        await LearnAsync(cancellationToken).ConfigureAwait(false);
        var now = Now;
        foreach (var path in _session.State.Find(SectionNames.Expires)!.Where(time => KeyTime.HasPassed(time.Value, now)).Select(time => time.Key).ToList())
        {
            var (section, key) = KeyTime.Split(path);
            var isThere = _session.State.Peek(section, key) is not null;
            _session.Retire(isThere ? section : SectionNames.Expires, isThere ? key : path);
        }
    }

    /// <summary>Looks at the store's clock. Times that were given before it was known are moved by what the session was wrong.</summary>
    public async ValueTask LearnAsync(CancellationToken cancellationToken)
    {
        var store = _session.Store;
        var now = await store.NowAsync(cancellationToken).ConfigureAwait(false);
        var before = Now;
        var error = _isSure ? TimeSpan.Zero : now - before;
        (_at, _timestamp, _isSure) = (_isSure && before > now ? before : now, store.Time.GetTimestamp(), true);
        if (error == TimeSpan.Zero)
        {
            return;
        }

        var given = _session.Pending.Sections.Where(item => item.Section == SectionNames.Expires && item.Change.Value is not null).ToList();
        foreach (var (section, path, change) in given)
        {
            if (KeyTime.Read(change.Value!.Value) is { } time)
            {
                _session.Put(section, path, KeyTime.Write(RoundUp(time + error)));
            }
        }
    }

    private static DateTimeOffset RoundUp(DateTimeOffset time) => time.AddTicks(TimeSpan.TicksPerMillisecond - 1 - ((time.Ticks + TimeSpan.TicksPerMillisecond - 1) % TimeSpan.TicksPerMillisecond));
}
