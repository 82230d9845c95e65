using System.Text.Json.Serialization;

namespace Holdfast;

/// <summary>The status of a todo.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<TodoStatus>))]
public enum TodoStatus
{
    /// <summary>Not begun.</summary>
    [JsonStringEnumMemberName("pending")]
    Pending,

    /// <summary>Being done.</summary>
    [JsonStringEnumMemberName("in_progress")]
    InProgress,

    /// <summary>Done.</summary>
    [JsonStringEnumMemberName("completed")]
    Completed,

    /// <summary>No longer to be done.</summary>
    [JsonStringEnumMemberName("cancelled")]
    Cancelled,
}
