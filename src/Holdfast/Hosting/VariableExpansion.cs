using System.Text;

namespace Holdfast;

/// <summary>Puts the values of variables into a text: <c>${NAME}</c>, <c>${NAME:default}</c>, and <c>$${</c> for the characters <c>${</c> themselves.</summary>
/// <remarks>A default may hold variables in turn. A value is taken as it is: what looks like a variable in it is none. A variable with an empty value counts as not set.</remarks>
internal ref struct VariableExpansion
{
    private readonly ReadOnlySpan<char> _text;
    private readonly Func<string, string?> _variables;
    private readonly List<string> _problems;
    private int _at;

    private VariableExpansion(string text, Func<string, string?> variables, List<string> problems)
    {
        _text = text;
        (_variables, _problems) = (variables, problems);
    }

    /// <summary>Returns the text with the values of its variables; null if there are problems with it.</summary>
    /// <param name="text">The text.</param>
    /// <param name="variables">Gives the value of a variable; null if it is not set.</param>
    /// <param name="problems">Gets what is wrong with the text, each as what follows the name of a setting in a sentence.</param>
    public static string? Expand(string text, Func<string, string?> variables, List<string> problems)
    {
        if (!text.Contains("${", StringComparison.Ordinal))
        {
            return text;
        }

        var before = problems.Count;
        var expanded = new VariableExpansion(text, variables, problems).Read(isDefault: false, isUsed: true);
        return problems.Count == before ? expanded : null;
    }

    // Reads to the end of the text, or of a default: the brace that closes it is left.
    private string Read(bool isDefault, bool isUsed)
    {
        var result = new StringBuilder();
        var literalBraces = 0;
        while (_at < _text.Length && !(isDefault && literalBraces == 0 && _text[_at] == '}'))
        {
            var dollars = _text[_at..].IndexOfAnyExcept('$') is >= 0 and var count ? count : _text.Length - _at;
            if (dollars == 0)
            {
                literalBraces -= literalBraces > 0 && _text[_at] == '}' ? 1 : 0;
                result.Append(_text[_at++]);
            }
            else if (_at + dollars == _text.Length || _text[_at + dollars] != '{')
            {
                result.Append('$', dollars);
                _at += dollars;
            }
            else
            {
                // Before a brace two dollars are one; one that is left begins a variable.
                result.Append('$', dollars / 2);
                _at += dollars + 1;
                if (dollars % 2 == 1)
                {
                    result.Append(ReadVariable(isUsed));
                }
                else
                {
                    result.Append('{');
                    literalBraces++;
                }
            }
        }

        return result.ToString();
    }

    private string ReadVariable(bool isUsed)
    {
        var end = _text[_at..].IndexOfAny(':', '}');
        var name = _text.Slice(_at, end < 0 ? _text.Length - _at : end).ToString();
        _at += name.Length;
        if (end < 0)
        {
            _problems.Add($"has the variable '{Short(name)}', which no }} closes");
            return "";
        }

        var isNamed = IsName(name);
        if (!isNamed)
        {
            _problems.Add($"has a variable named '{Short(name)}'; a name has letters, digits and _ only, and does not begin with a digit");
        }

        var value = isNamed && _variables(name) is { Length: > 0 } set ? set : null;
        if (_text[_at] == '}')
        {
            _at++;
            if (value is null && isUsed && isNamed)
            {
                _problems.Add($"needs the environment variable '{name}', which is not set and has no default, as ${{{name}:default}} would have");
            }

            return value ?? "";
        }

        _at++;
        var fallback = Read(isDefault: true, isUsed && value is null);
        if (_at == _text.Length)
        {
            _problems.Add($"has the variable '{name}', which no }} closes");
            return "";
        }

        _at++;
        return value ?? fallback;
    }

    private static bool IsName(string name)
        => name.Length > 0 && !char.IsAsciiDigit(name[0]) && name.All(character => char.IsAsciiLetterOrDigit(character) || character == '_');

    // What was taken for a name may be the rest of a secret.
    private static string Short(string name) => name.Length <= 20 ? name : string.Concat(name.AsSpan(0, 20), "…");
}
