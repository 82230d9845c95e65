using System.Globalization;
using System.Text;
using Holdfast.Logs;

namespace Holdfast.Postgres.Rows;

/// <summary>The column <c>guard</c> of <c>threads</c> and <c>pins</c>: a hash of what no commit tells, by which a row is told from a damaged one.</summary>
/// <remarks>
/// A commit writes nothing of what the guard of a thread covers, and so no guard. Whoever writes some of it has read the head, and found it whole: a guard is never made of what is damaged. Expiry and heartbeat are written without
/// that, and stand twice in the row instead. (A generated column would save the writers their part. But the server looks at its expression with each update of a row, which made an append 7 to 27 % slower.)
/// </remarks>
internal static class RowGuards
{
    /// <summary>The guard of the row of a thread.</summary>
    public static Digest Of(ThreadHead head)
    {
        var text = Begin($"{(short)head.Key.Space}|{head.Life}|{head.FirstVersion}|{head.Revision}|{head.PinCount}|{head.LowestPin}");
        Add(text, head.Key.Tenant);
        Add(text, head.Key.Id.Value);
        foreach (var (name, value) in head.Properties.OrderBy(property => property.Key, StringComparer.Ordinal))
        {
            Add(text, name);
            Add(text, value);
        }

        return Hash(text);
    }

    /// <summary>The guard of the row of a pin.</summary>
    /// <param name="thread">The number of the thread that is pinned.</param>
    /// <param name="pin">The pin.</param>
    public static Digest Of(long thread, Pin pin)
    {
        var text = Begin($"{thread}|{pin.Life}|{(short)pin.Key.Space}|{pin.From}|{pin.To}");
        Add(text, pin.Key.Tenant);
        Add(text, pin.Key.Id.Value);
        return Hash(text);
    }

    private static StringBuilder Begin(FormattableString words) => new(words.ToString(CultureInfo.InvariantCulture));

    // With its length before it, it can hold whatever separates others.
    private static void Add(StringBuilder text, string part) => text.Append(CultureInfo.InvariantCulture, $"|{part.Length}:{part}");

    // Half of a surrogate pair in a property is U+FFFD here, as it is in what is stored of it.
    private static Digest Hash(StringBuilder text) => Digest.Compute(Encoding.UTF8.GetBytes(text.ToString()));
}
