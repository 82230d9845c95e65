using System.Text.RegularExpressions;

namespace Holdfast.Cli;

/// <summary>Replaces texts by others, in one pass: what was put in is not looked at again.</summary>
internal sealed class Replacements
{
    private readonly Dictionary<string, string> _tokens;
    private readonly Regex _any;

    public Replacements(IEnumerable<KeyValuePair<string, string>> tokens)
    {
        _tokens = new(tokens, StringComparer.Ordinal);
        _any = new(string.Join('|', _tokens.Keys.OrderByDescending(token => token.Length).Select(Regex.Escape)), RegexOptions.NonBacktracking);
    }

    public string Apply(string text) => _any.Replace(text, match => _tokens[match.Value]);
}
