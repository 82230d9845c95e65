using System.Text.Json.Serialization;

namespace Holdfast;

/// <summary>The status of a goal. Any may follow any other.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<GoalStatus>))]
public enum GoalStatus
{
    /// <summary>Not begun.</summary>
    [JsonStringEnumMemberName("pending")]
    Pending,

    /// <summary>Being pursued.</summary>
    [JsonStringEnumMemberName("in_progress")]
    InProgress,

    /// <summary>Reached.</summary>
    [JsonStringEnumMemberName("achieved")]
    Achieved,

    /// <summary>Pursued, and found to be out of reach.</summary>
    [JsonStringEnumMemberName("failed")]
    Failed,

    /// <summary>No longer pursued, though it could be.</summary>
    [JsonStringEnumMemberName("abandoned")]
    Abandoned,
}
