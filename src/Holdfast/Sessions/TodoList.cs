using System.Collections;
using System.Security.Cryptography;

namespace Holdfast;

/// <summary>The todos of a session, in their order.</summary>
/// <remarks>Each todo is a key of its own, so that sessions that change different todos do not conflict.</remarks>
public sealed class TodoList : IReadOnlyCollection<TodoItem>
{
    private readonly SessionState _session;

    internal TodoList(SessionState session) => _session = session;

    /// <summary>How many todos there are, whatever their status.</summary>
    public int Count => _session.State.Find(SectionNames.Todos)?.Count ?? 0;

    /// <summary>Adds a todo at the end of the list.</summary>
    /// <returns>The todo with its new id.</returns>
    /// <exception cref="ArgumentException">The content is empty.</exception>
    public TodoItem Add(string content, TodoStatus status = TodoStatus.Pending)
    {
        CheckContent(content, nameof(content));
        var last = this.LastOrDefault()?.Order ?? 0;
        return Put(new() { Id = NewId(), Content = content, Status = status, Order = last + 1 });
    }

    /// <summary>Adds a todo, or replaces the one with its id.</summary>
    /// <returns>The todo, with a new id if it had none.</returns>
    /// <exception cref="ArgumentException">The content is empty.</exception>
    public TodoItem Put(TodoItem todo)
    {
        ArgumentNullException.ThrowIfNull(todo);
        CheckContent(todo.Content, nameof(todo));
        var stored = todo.Id.Length == 0 ? todo with { Id = NewId() } : todo;
        Utf8Json.CheckKey(stored.Id, SectionNames.Todos);
        _session.Set(SectionNames.Todos, stored.Id, TodoCodec.Write(stored));
        return stored;
    }

    /// <summary>The todo with an id; null if there is none.</summary>
    public TodoItem? Find(string id)
        => _session.State.TryGet(SectionNames.Todos, id, out var json) ? TodoCodec.Read(id, json) : null;

    /// <summary>Gives a todo another status.</summary>
    /// <returns>Whether there is such a todo.</returns>
    public bool SetStatus(string id, TodoStatus status)
    {
        if (Find(id) is not { } todo)
        {
            return false;
        }

        Put(todo with { Status = status });
        return true;
    }

    /// <summary>Removes a todo.</summary>
    /// <returns>Whether there was such a todo.</returns>
    public bool Remove(string id) => _session.Remove(SectionNames.Todos, id);

    /// <inheritdoc/>
    public IEnumerator<TodoItem> GetEnumerator() => TodoCodec.ReadAll(_session.State).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    internal static void CheckContent(string content, string parameter)
    {
        if (string.IsNullOrEmpty(content))
        {
            throw new ArgumentException("A todo needs content: what is to be done.", parameter);
        }
    }

    // Two sessions may add todos at the same time, so ids are drawn, not counted.
    internal static string NewId() => RandomNumberGenerator.GetString("0123456789abcdefghjkmnpqrstvwxyz", 8);
}
