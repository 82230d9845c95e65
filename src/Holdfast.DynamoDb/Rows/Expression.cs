using System.Globalization;
using Holdfast.Logs;

namespace Holdfast.DynamoDb.Rows;

/// <summary>Collects the names and values of expressions. Names always go by a placeholder, because hundreds of words are reserved.</summary>
internal sealed class Expression
{
    /// <summary>The names; null when there are none, as requests want it.</summary>
    public Dictionary<string, string>? Names { get; private set; }

    /// <summary>The values; null when there are none, as requests want it.</summary>
    public Item? Values { get; private set; }

    /// <summary>The placeholder of an attribute.</summary>
    public string this[string attribute]
    {
        get
        {
            var placeholder = "#" + attribute;
            (Names ??= [])[placeholder] = attribute;
            return placeholder;
        }
    }

    /// <summary>The placeholder of a value.</summary>
    public string Value(AttributeValue value)
    {
        Values ??= [];
        var placeholder = ":v" + Values.Count.ToString(CultureInfo.InvariantCulture);
        Values.Add(placeholder, value);
        return placeholder;
    }

    /// <inheritdoc cref="Value(AttributeValue)"/>
    public string Value(string text) => Value(new AttributeValue(text));

    /// <summary>That the attribute is not there.</summary>
    public string Missing(string attribute) => $"attribute_not_exists({this[attribute]})";

    /// <summary>That the attribute is there.</summary>
    public string Exists(string attribute) => $"attribute_exists({this[attribute]})";

    /// <summary>That the attribute has this value; for null, that it is not there.</summary>
    public string Is(string attribute, AttributeValue? value) => value is null ? Missing(attribute) : $"{this[attribute]} = {Value(value)}";

    /// <inheritdoc cref="Is(string, AttributeValue?)"/>
    public string Is(string attribute, string? text) => Is(attribute, text is null ? null : new AttributeValue(text));

    /// <summary>That a head has this life and revision, and, if appends matter, this chain hash.</summary>
    public string IsAt(ThreadStamp stamp, bool appendsMatter = true)
    {
        var condition = $"{Is(Attr.Life, Place.TextOf(stamp.Life))} AND {IsAt(stamp.Revision)}";
        return appendsMatter ? $"{condition} AND {Is(Attr.Chain, Rows.Values.Of(stamp.ChainHash))}" : condition;
    }

    /// <summary>That a head has this revision; none is stored before there is a first one.</summary>
    public string IsAt(long revision) => Is(Attr.Revision, revision == 0 ? null : Rows.Values.Of(revision));

    /// <summary>The update that gives attributes these values, and removes those whose value is null.</summary>
    public string Update(IEnumerable<KeyValuePair<string, AttributeValue?>> attributes)
    {
        var all = attributes.ToList();
        var set = string.Join(", ", all.Where(attribute => attribute.Value is not null).Select(attribute => $"{this[attribute.Key]} = {Value(attribute.Value!)}"));
        var remove = string.Join(", ", all.Where(attribute => attribute.Value is null).Select(attribute => this[attribute.Key]));
        return $"{(set.Length > 0 ? $"SET {set}" : "")}{(remove.Length > 0 ? $" REMOVE {remove}" : "")}".Trim();
    }

    /// <summary>The projection to these attributes.</summary>
    public string Only(params ReadOnlySpan<string> attributes)
    {
        var placeholders = new string[attributes.Length];
        for (var i = 0; i < attributes.Length; i++)
        {
            placeholders[i] = this[attributes[i]];
        }

        return string.Join(", ", placeholders);
    }
}
