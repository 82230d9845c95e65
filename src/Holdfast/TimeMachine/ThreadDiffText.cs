using System.Globalization;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.AI;

namespace Holdfast;

/// <summary>Differences as text for people.</summary>
internal sealed class ThreadDiffText(bool color)
{
    private const string Red = "\e[31m";
    private const string Green = "\e[32m";
    private const string Yellow = "\e[33m";
    private const string Bold = "\e[1m";
    private const string Plain = "\e[0m";

    private readonly StringBuilder _text = new();

    public string Write(ThreadDiff diff)
    {
        Line($"--- {diff.From.Thread} version {diff.From.Version}", Bold);
        Line($"+++ {diff.To.Thread} version {diff.To.Version}", Bold);
        Write("status", diff.Status?.Before.ToName(), diff.Status?.After.ToName());
        Write("agent", diff.Agent?.Before, diff.Agent?.After);
        Write("owner", diff.Owner?.Before, diff.Owner?.After);
        Write("decisions", $"{diff.DecisionCount?.Before}", $"{diff.DecisionCount?.After}");
        foreach (var section in diff.Keys.GroupBy(key => key.Section, StringComparer.Ordinal))
        {
            Line(section.Key, Bold);
            section.ToList().ForEach(Write);
        }

        Heading("records", diff.Records.Count);
        foreach (var record in diff.Records)
        {
            Line($"  {SignOf(record.Kind)} {record.Name}", ColorOf(record.Kind));
        }

        Heading("messages", diff.Messages.Count);
        diff.Messages.ToList().ForEach(Write);
        if (diff.IsPartial)
        {
            Line("Messages that were dropped are not compared.", Yellow);
        }

        if (diff.IsEmpty)
        {
            Line("Nothing is different.", "");
        }

        return _text.ToString();
    }

    private void Heading(string name, int count)
    {
        if (count > 0)
        {
            Line(name, Bold);
        }
    }

    private void Write(string name, string? before, string? after)
    {
        if (before != after)
        {
            Line($"{name}: {(before is null or "" ? "none" : before)} → {(after is null or "" ? "none" : after)}", Yellow);
        }
    }

    private void Write(KeyDiff key)
    {
        var value = key.Kind == DiffKind.Changed && key.Changes is not [{ Path: "" }] ? "" : $": {Values(key.Before, key.After)}";
        Line($"  {SignOf(key.Kind)} {key.Key}{value}", ColorOf(key.Kind));
        foreach (var change in value.Length == 0 ? key.Changes : [])
        {
            Line($"      {SignOf(change.Kind)} {change.Path}: {Values(change.Before, change.After)}", ColorOf(change.Kind));
        }
    }

    private static string Values(JsonElement? before, JsonElement? after)
        => before is { } old && after is { } current ? $"{old.GetRawText()} → {current.GetRawText()}" : (before ?? after)!.Value.GetRawText();

    private void Write(MessageDiff message)
    {
        var shown = (message.After ?? message.Before)!;
        var head = string.Create(CultureInfo.InvariantCulture, $"  {SignOf(message.Kind)} {message.AfterIndex ?? message.BeforeIndex} {shown.Role}");
        if (message.Kind == DiffKind.Changed)
        {
            Line(head, Yellow);
            foreach (var line in message.TextChanges)
            {
                Line("      " + line, line[0] switch { '-' => Red, '+' => Green, _ => "" });
            }

            return;
        }

        Line($"{head}: {TextOf(shown)}", ColorOf(message.Kind));
    }

    private static string TextOf(ChatMessage message) => string.Join(' ', message.Contents.Select(content => content switch
    {
        TextContent text => text.Text,
        FunctionCallContent call => $"[call {call.Name} {call.CallId}]",
        FunctionResultContent result => $"[result {result.CallId}]",
        _ => $"[{content.GetType().Name}]",
    }));

    private void Line(string text, string ansi)
    {
        _text.Append(color ? ansi : "");
        foreach (var rune in text.EnumerateRunes())
        {
            // What is stored can neither steer a terminal nor begin a line of its own.
            if (Rune.IsControl(rune) || Rune.GetUnicodeCategory(rune) is UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator)
            {
                _text.Append(rune.Value switch { '\n' => @"\n", '\t' => @"\t", _ => string.Create(CultureInfo.InvariantCulture, $@"\u{rune.Value:x4}") });
            }
            else
            {
                _text.Append(rune.ToString());
            }
        }

        _text.Append(color && ansi.Length > 0 ? Plain : "").Append('\n');
    }

    private static char SignOf(DiffKind kind) => kind switch
    {
        DiffKind.Added => '+',
        DiffKind.Removed => '-',
        _ => '~',
    };

    private static string ColorOf(DiffKind kind) => kind switch
    {
        DiffKind.Added => Green,
        DiffKind.Removed => Red,
        _ => Yellow,
    };
}
