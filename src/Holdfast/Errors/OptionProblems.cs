using System.Collections;
using System.Globalization;

namespace Holdfast;

/// <summary>What is wrong with options: a sentence for each problem, with the name, what is expected, and the value. All are told at once.</summary>
/// <param name="type">The name of the type of the options.</param>
internal sealed class OptionProblems(string type) : IEnumerable<string>
{
    private List<Problem>? _all;

    /// <summary>A value must be in its range.</summary>
    /// <param name="isFine">Whether it is.</param>
    /// <param name="name">The name of the property.</param>
    /// <param name="range">What it must be: <c>1 to 100</c>.</param>
    /// <param name="value">The value.</param>
    public OptionProblems Range<T>(bool isFine, string name, string range, T value)
        => isFine ? this : Add(name, $" must be {range}; it is {Show(value)}.", (text, parameter) => new ArgumentOutOfRangeException(parameter, text));

    /// <summary>Something must be set.</summary>
    public OptionProblems Set(object? value, string name, string hint = "")
        => value is not null ? this : Add(name, $" must be set; it is null.{(hint.Length > 0 ? " " : "")}{hint}", (text, parameter) => new ArgumentException(text, parameter));

    /// <summary>A text must be one that an id could be; null is fine.</summary>
    public OptionProblems Identifier(string? value, string name)
        => value is null ? this
            : value.Length == 0 ? Add(name, " cannot be empty.", (text, _) => new InvalidIdentifierException(text))
            : Identifiers.Problem(value) is { } problem ? Add(name, $" cannot be used: {problem}.", (text, _) => new InvalidIdentifierException(text))
            : this;

    /// <summary>Something else must hold, or a sentence says what is wrong.</summary>
    public OptionProblems Expect(bool isFine, string sentence) => isFine ? this : Add(null, sentence, (text, parameter) => new ArgumentException(text, parameter));

    /// <summary>What is wrong with options that these ones hold.</summary>
    /// <param name="inner">The problems of those options.</param>
    /// <param name="under">The name of the property that holds them, for <see cref="ToldAs"/>.</param>
    public OptionProblems Include(OptionProblems? inner, string? under = null)
    {
        if (inner?._all is { } problems)
        {
            (_all ??= []).AddRange(problems.Select(problem => problem.Under(under)));
        }

        return this;
    }

    /// <summary>The sentences, each with how it is told where the options were set from elsewhere, as from a section of the configuration.</summary>
    /// <param name="tell">Makes a sentence of the path of a setting, such as <c>Retry:Delay</c> for one of options held by these, and of what follows it.</param>
    public IEnumerable<(string Text, string Told)> ToldAs(Func<string, string, string> tell)
        => (_all ?? []).Select(problem => (problem.Text, problem.Path is { } path ? tell(path, problem.Predicate) : problem.Text));

    /// <summary>Throws if settings of a store, a log or a service have problems.</summary>
    /// <exception cref="StateConfigurationException">They have; the message tells all of them.</exception>
    public void ThrowAsSettings()
    {
        if (_all is not null)
        {
            throw new StateConfigurationException(string.Join(' ', this));
        }
    }

    /// <summary>Throws if arguments of a call have problems: the message tells all of them, the first one decides the type.</summary>
    /// <param name="parameter">The name of the argument.</param>
    /// <exception cref="ArgumentException">They have; <see cref="ArgumentOutOfRangeException"/> for a value out of its range.</exception>
    /// <exception cref="InvalidIdentifierException">They have, and the first one is about an id.</exception>
    public void ThrowAsArgument(string parameter)
    {
        if (_all is not null)
        {
            throw _all[0].Error(string.Join(' ', this), parameter);
        }
    }

    public IEnumerator<string> GetEnumerator() => (_all ?? []).Select(problem => problem.Text).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private OptionProblems Add(string? name, string predicate, Func<string, string, Exception> error)
    {
        (_all ??= []).Add(new(name is null ? "" : $"{type}.{name}", name, predicate, error));
        return this;
    }

    private static string Show<T>(T value) => value switch
    {
        null => "null",
        int or long => string.Format(CultureInfo.InvariantCulture, "{0:N0}", value),
        Enum => string.Format(CultureInfo.InvariantCulture, "{0:D}", value),
        string text => $"'{text}'",
        _ => string.Format(CultureInfo.InvariantCulture, "{0}", value),
    };

    private sealed record Problem(string Subject, string? Path, string Predicate, Func<string, string, Exception> Error)
    {
        public string Text => Subject + Predicate;

        public Problem Under(string? name) => name is null || Path is null ? this : this with { Path = $"{name}:{Path}" };
    }
}
