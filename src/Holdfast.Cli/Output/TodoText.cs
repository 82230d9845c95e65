namespace Holdfast.Cli;

/// <summary>Todos as text for people.</summary>
internal static class TodoText
{
    public static string Box(TodoStatus status) => status switch
    {
        TodoStatus.Pending => "[ ]",
        TodoStatus.InProgress => "[~]",
        TodoStatus.Completed => "[x]",
        _ => "[-]",
    };
}
