using System.Globalization;
using Microsoft.Extensions.Configuration;

namespace Holdfast;

/// <summary>Reads the values of one section of the configuration, and collects what is wrong with them.</summary>
/// <remarks>An empty value, as an environment variable may have, is one that was not set.</remarks>
internal sealed class SectionReader(IConfigurationSection section, List<string>? problems = null)
{
    private readonly List<string> _known = [];

    public List<string> Problems { get; } = problems ?? [];

    public string? Text(string key) => Scalar(key, "a text");

    public int? Number(string key)
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

    public bool? Flag(string key)
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

    public TimeSpan? Time(string key) => Scalar(key, "a time") is { } text ? ReadTime(key, text, "") : null;

    /// <summary>A time of more than zero, or never; null if it is not set.</summary>
    public Lifetime? Lifetime(string key)
    {
        if (Scalar(key, "a time") is not { } text)
        {
            return null;
        }

        if (text.Equals("never", StringComparison.OrdinalIgnoreCase))
        {
            return new(null);
        }

        if (ReadTime(key, text, ", or Never") is not { } time)
        {
            return null;
        }

        if (time > TimeSpan.Zero)
        {
            return new(time);
        }

        Add(key, $"must be more than zero; it is {time}");
        return null;
    }

    public IReadOnlyList<string>? Texts(string key)
    {
        var list = Find(key);
        if (list.Value is { Length: > 0 })
        {
            Add(key, "must be a list");
        }

        var items = list.GetChildren().ToList();
        return items.Count > 0 ? [.. items.Select(item => item.Value).OfType<string>()] : null;
    }

    /// <summary>The reader of a section; null if it is not there.</summary>
    public SectionReader? Section(string key)
    {
        var child = Find(key);
        if (child.Value is { Length: > 0 })
        {
            Add(key, "must be an object with settings of its own");
            return null;
        }

        return child.GetChildren().Any() ? new(child, Problems) : null;
    }

    public bool IsScalar(string key) => section.GetSection(key).Value is { Length: > 0 };

    /// <summary>Finds what nothing has asked for: a mistyped setting would otherwise be one that silently does nothing.</summary>
    public void RefuseOthers()
        => Problems.AddRange(section.GetChildren()
            .Where(child => !_known.Contains(child.Key, StringComparer.OrdinalIgnoreCase))
            .Select(child => $"{child.Path} is not a setting of Holdfast. {section.Path} has {string.Join(", ", _known)}."));

    private string? Scalar(string key, string expected)
    {
        var child = Find(key);
        if (child.GetChildren().Any())
        {
            Add(key, $"must be {expected}; it has settings of its own");
            return null;
        }

        return child.Value is { Length: > 0 } text ? text : null;
    }

    private IConfigurationSection Find(string key)
    {
        if (!_known.Contains(key))
        {
            _known.Add(key);
        }

        return section.GetSection(key);
    }

    // The constant format: others read 24:00 as 24 days.
    private TimeSpan? ReadTime(string key, string text, string or)
    {
        if (TimeSpan.TryParseExact(text, "c", CultureInfo.InvariantCulture, out var time))
        {
            return time;
        }

        Add(key, $"must be a time such as 00:30:00, or 7.00:00:00 for days{or}; it is '{text}'");
        return null;
    }

    private void Add(string key, string problem) => Problems.Add($"{section.Path}:{key} {problem}.");
}
