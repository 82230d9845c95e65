using System.Globalization;

namespace Holdfast.Cli;

/// <summary>Durations as users write them: <c>90s</c>, <c>30m</c>, <c>2h</c>, <c>7d</c>, <c>2w</c>, or several together such as <c>1d12h</c>.</summary>
internal static class DurationText
{
    private const string Expected = "expected a number and a unit, such as 90s, 30m, 2h, 7d or 1d12h";

    /// <summary>Reads a duration of more than zero.</summary>
    /// <param name="text">The text.</param>
    /// <param name="duration">The duration.</param>
    /// <param name="problem">What is wrong with the text; null if nothing is.</param>
    public static bool TryParse(string text, out TimeSpan duration, out string? problem)
    {
        duration = default;
        problem = null;
        var rest = text.AsSpan().Trim();
        var seconds = 0m;
        if (rest.IsEmpty)
        {
            problem = $"The duration is empty; {Expected}.";
            return false;
        }

        while (!rest.IsEmpty)
        {
            var digits = rest.IndexOfAnyExceptInRange('0', '9');
            if (digits <= 0 || SecondsOf(rest[digits]) is not { } unit)
            {
                problem = $"'{text}' is no duration: {Expected}.";
                return false;
            }

            if (digits > 12 || (seconds += long.Parse(rest[..digits], NumberStyles.None, CultureInfo.InvariantCulture) * (decimal)unit) > (decimal)TimeSpan.MaxValue.TotalSeconds - 1)
            {
                problem = $"'{text}' is too long for a duration.";
                return false;
            }

            rest = rest[(digits + 1)..];
        }

        if (seconds == 0)
        {
            problem = $"'{text}' is no time at all; a duration is more than zero.";
            return false;
        }

        duration = TimeSpan.FromTicks((long)(seconds * TimeSpan.TicksPerSecond));
        return true;
    }

    /// <summary>A duration for people, in its largest fitting unit: <c>3 min</c>.</summary>
    public static string Rough(TimeSpan duration)
    {
        var time = duration < TimeSpan.Zero ? TimeSpan.Zero : duration;
        return time switch
        {
            { TotalSeconds: < 60 } => string.Create(CultureInfo.InvariantCulture, $"{(int)time.TotalSeconds} s"),
            { TotalMinutes: < 60 } => string.Create(CultureInfo.InvariantCulture, $"{(int)time.TotalMinutes} min"),
            { TotalHours: < 48 } => string.Create(CultureInfo.InvariantCulture, $"{(int)time.TotalHours} h"),
            _ => string.Create(CultureInfo.InvariantCulture, $"{(int)time.TotalDays} d"),
        };
    }

    private static int? SecondsOf(char unit) => char.ToLowerInvariant(unit) switch
    {
        's' => 1,
        'm' => 60,
        'h' => 3600,
        'd' => 86400,
        'w' => 604800,
        _ => null,
    };
}
