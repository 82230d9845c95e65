using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using System.Text;

namespace Holdfast;

/// <summary>The id that users give to a thread, such as <c>user-42/chat-7</c>.</summary>
/// <remarks>
/// 1 to 512 bytes of UTF-8 without control characters. Ids are compared exactly: case, and Unicode forms that merely look
/// the same, make different ids. An id is only a name; nothing in it is ever taken for a path or a pattern.
/// </remarks>
public readonly record struct ThreadId
{
    private readonly string? _value;

    private ThreadId(string value) => _value = value;

    /// <summary>The text of the id; empty for <c>default</c>, which no operation accepts.</summary>
    public string Value => _value ?? "";

    /// <summary>Makes a thread id of <paramref name="value"/>.</summary>
    /// <exception cref="InvalidIdentifierException">The text is empty, too long, or not valid Unicode without control characters.</exception>
    public static ThreadId Parse(string value) => new(Identifiers.Check(value, "thread id"));

    /// <summary>Makes a thread id of <paramref name="value"/>, if the text can be an id.</summary>
    public static bool TryParse([NotNullWhen(true)] string? value, out ThreadId id)
    {
        var valid = !string.IsNullOrEmpty(value) && Identifiers.Problem(value) is null;
        id = valid ? new ThreadId(value!) : default;
        return valid;
    }

    /// <summary>Joins parts to an id so that different parts never make the same id: <c>ThreadId.Of("user-42", "chat-7")</c> is <c>user-42/chat-7</c>.</summary>
    /// <remarks>A slash within a part is written as <c>%2F</c>, and a percent sign as <c>%25</c>. All ids with the same first part begin with <c>ThreadId.Of(part) + "/"</c>.</remarks>
    /// <param name="parts">The parts, none of them empty.</param>
    /// <exception cref="ArgumentException">There are no parts.</exception>
    /// <exception cref="InvalidIdentifierException">A part is empty, or the id that the parts make cannot be used.</exception>
    public static ThreadId Of(params ReadOnlySpan<string> parts)
    {
        if (parts.IsEmpty)
        {
            throw new ArgumentException("A thread id has at least one part.", nameof(parts));
        }

        var id = new StringBuilder();
        for (var i = 0; i < parts.Length; i++)
        {
            ArgumentNullException.ThrowIfNull(parts[i], nameof(parts));
            if (parts[i].Length == 0)
            {
                throw new InvalidIdentifierException($"Part {i + 1} of {parts.Length} of a thread id is empty: without it, two different lists of parts would make the same id.");
            }

            id.Append(i > 0 ? "/" : "").Append(Escape(parts[i]));
        }

        return Parse(id.ToString());
    }

    /// <summary>The id of a child: <see cref="Of"/> of parent and name where that can be an id, else made of their digest.</summary>
    /// <remarks>Different pairs have different ids: what <see cref="Of"/> makes never has <c>%</c> before anything but <c>25</c> and <c>2F</c>.</remarks>
    internal static ThreadId OfChild(ThreadId parent, string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (name.Length > 0 && Identifiers.Problem(name) is null && TryParse($"{Escape(parent.Value)}/{Escape(name)}", out var id))
        {
            return id;
        }

        // No id of a thread has a control character, so the first NUL parts the two.
        return Parse($"%child-{Digest.Compute(MemoryMarshal.AsBytes($"{parent.Value}\0{name}".AsSpan()))}");
    }

    /// <summary>Makes a new id that no other thread has: a UUIDv7, so that ids sort by the time they were made.</summary>
    public static ThreadId New(TimeProvider? timeProvider = null)
        => new(Guid.CreateVersion7((timeProvider ?? TimeProvider.System).GetUtcNow()).ToString());

    /// <summary>Makes a thread id of <paramref name="value"/>, as <see cref="Parse"/> does.</summary>
    public static implicit operator ThreadId(string value) => Parse(value);

    /// <summary>Makes a thread id of <paramref name="value"/>, as <see cref="Parse"/> does.</summary>
    public static ThreadId FromString(string value) => Parse(value);

    /// <summary>An id that was made by the engine and may be longer than those of users.</summary>
    internal static ThreadId Unchecked(string value) => new(value);

    /// <inheritdoc/>
    public override string ToString() => Value;

    private static string Escape(string part) => part.Replace("%", "%25", StringComparison.Ordinal).Replace("/", "%2F", StringComparison.Ordinal);
}
