using System.Globalization;
using Microsoft.Extensions.Configuration;

namespace Holdfast;

/// <summary>Reads the values of one section of the configuration; what is wrong with them is collected.</summary>
/// <remarks>An empty value, as an environment variable may have, is one that was not set.</remarks>
internal sealed class SectionReader(IConfigurationSection section, SettingsReading reading)
{
    private readonly List<string> _known = [];

    /// <summary>The path of the section.</summary>
    public string Path => section.Path;

    /// <summary>Whether the section has settings.</summary>
    public bool Exists => section.GetChildren().Any();

    public SettingsReading Reading => reading;

    public string? Text(string key, string? fallback = null) => Keep(key, Scalar(key, "a text"), fallback, text => text);

    public int Number(string key, int fallback) => Keep(key, ReadNumber(key), fallback, Show) ?? fallback;

    public int? OptionalNumber(string key, int? fallback) => Keep(key, ReadNumber(key), fallback, Show);

    public bool Flag(string key, bool fallback) => Keep(key, ReadFlag(key), fallback, flag => flag ? "true" : "false") ?? fallback;

    public TimeSpan Time(string key, TimeSpan fallback) => Keep(key, ReadTime(key), fallback, Show) ?? fallback;

    public TimeSpan? OptionalTime(string key, TimeSpan? fallback) => Keep(key, ReadTime(key), fallback, Show);

    /// <summary>One of the values of an enumeration, by its name.</summary>
    public T Choice<T>(string key, T fallback)
        where T : struct, Enum
    {
        var names = Enum.GetNames<T>();
        T? choice = null;
        if (Scalar(key, "one of " + string.Join(", ", names)) is { } text)
        {
            if (Array.Find(names, name => name.Equals(text, StringComparison.OrdinalIgnoreCase)) is { } found)
            {
                choice = Enum.Parse<T>(found);
            }
            else
            {
                Add(key, $"must be one of {string.Join(", ", names)}; it is '{text}'{DidYouMean(text, names)}");
            }
        }

        return Keep(key, choice, fallback, value => value.ToString()) ?? fallback;
    }

    /// <summary>A time of more than zero, or never; null if it is not set.</summary>
    /// <param name="key">The setting.</param>
    /// <param name="fallback">What holds where it is not set, for those who are shown the settings.</param>
    public Lifetime? Lifetime(string key, string fallback)
    {
        var lifetime = ReadLifetime(key);
        reading.Keep(PathOf(key), lifetime is { } set ? set.Time is { } time ? Show(time) : "Never" : fallback, lifetime is null);
        return lifetime;
    }

    public IReadOnlyCollection<string> Texts(string key, IReadOnlyCollection<string> fallback)
    {
        var list = Find(key);
        if (list.Value is { Length: > 0 })
        {
            Add(key, "must be a list");
        }

        var items = list.GetChildren().ToList();
        var texts = items.Count > 0 ? [.. items.Where(item => item.Value is not null).Select(item => reading.Expand(item.Path, item.Value!)).OfType<string>()] : fallback;
        reading.Keep(PathOf(key), texts.Count > 0 ? string.Join(", ", texts) : null, items.Count == 0);
        return texts;
    }

    /// <summary>The reader of a section within this one.</summary>
    public SectionReader Section(string key) => new(Find(key), reading);

    public bool IsScalar(string key) => section.GetSection(key).Value is { Length: > 0 };

    /// <summary>Tells what is wrong with options that the section has set.</summary>
    public void Add(OptionProblems? problems) => reading.Problems.AddRange(problems?.ToldAs(Tell).Select(problem => problem.Told) ?? []);

    /// <summary>A sentence about a setting of the section: where it is written, its path, and what follows.</summary>
    public string Tell(string key, string predicate) => reading.At(PathOf(key), PathOf(key) + predicate);

    /// <summary>Counts a setting as known that is read elsewhere.</summary>
    public void Know(string key) => Find(key);

    /// <summary>Finds what nothing has asked for, also a value in the place of the section: a mistyped setting would otherwise be one that silently does nothing.</summary>
    public void RefuseOthers()
    {
        if (section.Value is { Length: > 0 })
        {
            reading.Add(section.Path, "must be an object with settings of its own");
        }

        foreach (var child in section.GetChildren().Where(child => !_known.Contains(child.Key, StringComparer.OrdinalIgnoreCase)))
        {
            reading.Add(child.Path, $"is not a setting of Holdfast{(DidYouMean(child.Key, _known) is { Length: > 0 } meant ? meant : ".")} {section.Path} has {string.Join(", ", _known)}");
        }
    }

    private int? ReadNumber(string key)
    {
        if (Scalar(key, "a whole number") is not { } text)
        {
            return null;
        }

        if (int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number))
        {
            return number;
        }

        Add(key, $"must be a whole number of at most {int.MaxValue}; it is '{text}'");
        return null;
    }

    private bool? ReadFlag(string key)
    {
        if (Scalar(key, "true or false") is not { } text)
        {
            return null;
        }

        if (bool.TryParse(text, out var flag))
        {
            return flag;
        }

        Add(key, $"must be true or false; it is '{text}'");
        return null;
    }

    private TimeSpan? ReadTime(string key) => Scalar(key, "a time") is { } text ? ParseTime(key, text, "") : null;

    private Lifetime? ReadLifetime(string key)
    {
        if (Scalar(key, "a time") is not { } text)
        {
            return null;
        }

        if (text.Equals("never", StringComparison.OrdinalIgnoreCase))
        {
            return new(null);
        }

        if (ParseTime(key, text, ", or Never") is not { } time)
        {
            return null;
        }

        if (time > TimeSpan.Zero)
        {
            return new(time);
        }

        Add(key, $"must be more than zero; it is {Show(time)}");
        return null;
    }

    // The constant format: others read 24:00 as 24 days. It would read a number alone as days, too, where whoever wrote it meant seconds.
    private TimeSpan? ParseTime(string key, string text, string or)
    {
        if (text.Contains(':', StringComparison.Ordinal) && TimeSpan.TryParseExact(text, "c", CultureInfo.InvariantCulture, out var time))
        {
            return time;
        }

        Add(key, $"must be a time such as 00:30:00, or 7.00:00:00 for days{or}; it is '{text}'");
        return null;
    }

    private string? Scalar(string key, string expected)
    {
        var child = Find(key);
        if (child.GetChildren().Any())
        {
            Add(key, $"must be {expected}; it has settings of its own");
            return null;
        }

        return child.Value is { Length: > 0 } value && reading.Expand(child.Path, value) is { Length: > 0 } text ? text : null;
    }

    private string? Keep(string key, string? read, string? fallback, Func<string, string> show)
    {
        reading.Keep(PathOf(key), (read ?? fallback) is { } text ? show(text) : null, read is null);
        return read ?? fallback;
    }

    private T? Keep<T>(string key, T? read, T? fallback, Func<T, string> show)
        where T : struct
    {
        reading.Keep(PathOf(key), (read ?? fallback) is { } value ? show(value) : null, read is null);
        return read ?? fallback;
    }

    private IConfigurationSection Find(string key)
    {
        if (!_known.Contains(key))
        {
            _known.Add(key);
        }

        return section.GetSection(key);
    }

    private void Add(string key, string predicate) => reading.Add(PathOf(key), predicate);

    private string PathOf(string key) => $"{section.Path}:{key}";

    private static string DidYouMean(string text, IEnumerable<string> names) => NearestName.Find(text, names) is { } name ? $"; did you mean '{name}'?" : "";

    private static string Show(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static string Show(TimeSpan time) => time.ToString("c", CultureInfo.InvariantCulture);
}
