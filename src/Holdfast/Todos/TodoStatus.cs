using System.Text.Json.Serialization;

namespace Holdfast;

/// <summary>Where a todo stands.</summary>
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

    /// <summary>Not to be done any more.</summary>
    [JsonStringEnumMemberName("cancelled")]
    Cancelled,
}
