using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Holdfast.Configuration.Yaml;

/// <summary>Reads the one document of a YAML file.</summary>
/// <param name="file">The name of the file, for errors.</param>
internal sealed class YamlReader(string file)
{
    /// <summary>How deep values may be nested.</summary>
    private const int Deepest = 64;

    /// <summary>How many values there may be, those that aliases repeat included.</summary>
    private const int Most = 100_000;

    private readonly Dictionary<string, (YamlNode Node, int Size)> _anchors = new(StringComparer.Ordinal);
    private readonly List<string> _problems = [];
    private int _size;

    /// <summary>Reads the document.</summary>
    /// <returns>Its map; an empty one for an empty file.</returns>
    /// <exception cref="StateConfigurationException">It cannot be used. The message tells all that is wrong, but for what follows a mistake of the syntax.</exception>
    public YamlMap Read(string text)
    {
        YamlNode? root = null;
        try
        {
            var parser = new Parser(new StringReader(text));
            parser.Consume<StreamStart>();
            if (parser.TryConsume<DocumentStart>(out _))
            {
                root = ReadNode(parser, 0);
                parser.Consume<DocumentEnd>();
            }

            if (parser.Accept<DocumentStart>(out var second))
            {
                Add(second.Start.Line, "a second document begins; the file may have one");
            }
        }
        catch (YamlException e)
        {
            // The parser tells where the map began that has the tab.
            var tab = Array.FindIndex(text.Split('\n'), line => line.TrimStart(' ').StartsWith('\t'));
            Add(tab >= 0 ? tab + 1 : e.Start.Line, tab >= 0 ? "this is not YAML: a line cannot be indented with tabs" : $"this is not YAML: {e.Message.TrimEnd('.')}");
        }

        if (root is not (null or YamlMap or YamlText { Text: null }))
        {
            Add(root.Line, "the file must have keys with values, such as 'holdfast:'");
        }

        return _problems.Count == 0 ? root as YamlMap ?? new(1, new Dictionary<string, YamlNode>()) : throw new StateConfigurationException(string.Join(' ', _problems));
    }

    private YamlNode ReadNode(Parser parser, int depth)
    {
        var line = parser.Current!.Start.Line;
        if (depth > Deepest || ++_size > Most)
        {
            throw new YamlException(parser.Current.Start, parser.Current.End, depth > Deepest ? $"values are nested more than {Deepest} deep" : $"there are more than {Most} values");
        }

        if (parser.TryConsume<AnchorAlias>(out var alias))
        {
            return Repeat(alias);
        }

        var (anchor, before) = (((NodeEvent)parser.Current).Anchor, _size);
        YamlNode node = parser.TryConsume<Scalar>(out var scalar) ? new YamlText(line, IsNull(scalar) ? null : scalar.Value)
            : parser.TryConsume<SequenceStart>(out _) ? ReadList(parser, line, depth)
            : ReadMap(parser, line, depth);
        if (!anchor.IsEmpty)
        {
            _anchors[anchor.Value] = (node, _size - before + 1);
        }

        return node;
    }

    private YamlList ReadList(Parser parser, long line, int depth)
    {
        var items = new List<YamlNode>();
        while (!parser.TryConsume<SequenceEnd>(out _))
        {
            items.Add(ReadNode(parser, depth + 1));
        }

        return new(line, items);
    }

    private YamlMap ReadMap(Parser parser, long line, int depth)
    {
        parser.Consume<MappingStart>();
        var members = new Dictionary<string, YamlNode>(StringComparer.OrdinalIgnoreCase);
        var lines = new Dictionary<string, long>(StringComparer.OrdinalIgnoreCase);
        while (!parser.TryConsume<MappingEnd>(out _))
        {
            var at = parser.Current!.Start.Line;
            var key = ReadNode(parser, depth + 1) as YamlText;
            var value = ReadNode(parser, depth + 1);
            if (key is not { Text: { Length: > 0 } name })
            {
                Add(at, "a key must be a text");
            }
            else if (name == "<<")
            {
                Add(at, "'<<' is not supported; repeat the settings, or use 'environments'");
            }
            else if (!members.TryAdd(name, value))
            {
                Add(at, $"'{name}' is there already, in line {lines[name]}; case does not matter");
            }
            else
            {
                lines[name] = at;
                members[name] = value with { Line = at };
            }
        }

        return new(line, members);
    }

    // An alias counts as much as what it repeats: a few lines could otherwise stand for more than fits into memory.
    private YamlNode Repeat(AnchorAlias alias)
    {
        if (!_anchors.TryGetValue(alias.Value.Value, out var anchored))
        {
            throw new YamlException(alias.Start, alias.End, $"there is no value '&{alias.Value}' above");
        }

        _size += anchored.Size;
        return _size <= Most ? anchored.Node : throw new YamlException(alias.Start, alias.End, $"there are more than {Most} values");
    }

    private void Add(long line, string problem) => _problems.Add($"{file}:{line}: {problem}.");

    private static bool IsNull(Scalar scalar) => scalar is { Style: ScalarStyle.Plain, Value: "" or "~" or "null" or "Null" or "NULL" };
}
