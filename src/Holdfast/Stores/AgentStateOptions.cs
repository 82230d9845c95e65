using System.Text.Encodings.Web;
using System.Text.Json;

namespace Holdfast;

/// <summary>The settings of a store.</summary>
public sealed class AgentStateOptions
{
    /// <summary>The largest <see cref="MaxCommitBytes"/>: 1 GiB.</summary>
    public const int LargestCommitBytes = 1 << 30;

    /// <summary>Where the time comes from.</summary>
    /// <value>The default is <see cref="TimeProvider.System"/>.</value>
    public TimeProvider TimeProvider { get; set; } = TimeProvider.System;

    /// <summary>How long threads live.</summary>
    /// <value>The default is <see cref="ExpiryPolicy.Never"/>.</value>
    public ExpiryPolicy Expiry { get; set; } = ExpiryPolicy.Never;

    /// <summary>How much of a thread stays visible.</summary>
    /// <value>The default keeps everything.</value>
    public RetentionPolicy Retention { get; set; } = new();

    /// <summary>The largest commit, in bytes of its JSON: 1,024 to 1,073,741,824.</summary>
    /// <value>The default is 16,777,216 (16 MiB).</value>
    public int MaxCommitBytes { get; set; } = 16 * 1024 * 1024;

    /// <summary>How often <c>UpdateAsync</c> tries before it gives up on a thread that others change all the time: at least 1.</summary>
    /// <value>The default is 100.</value>
    public int MaxUpdateAttempts { get; set; } = 100;

    /// <summary>How calls to a backend on the network are repeated when they fail.</summary>
    /// <value>The default repeats up to 5 times within some 3 seconds.</value>
    public RetryOptions Retry { get; set; } = new();

    /// <summary>How values are turned into JSON and back by the methods that are given no <c>JsonTypeInfo</c>.</summary>
    /// <value>The default is camelCase, without escaping of non-ASCII text.</value>
    public JsonSerializerOptions Json { get; set; } = new(JsonSerializerDefaults.Web) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Throws if a setting is missing or out of its range.</summary>
    /// <exception cref="StateConfigurationException">The message names the setting, its value and its range.</exception>
    public void Validate()
    {
        Require(TimeProvider is not null, "AgentStateOptions.TimeProvider must be set.");
        Require(Expiry is not null, "AgentStateOptions.Expiry must be set; ExpiryPolicy.Never is the default.");
        Require(Retention is not null, "AgentStateOptions.Retention must be set; an empty RetentionPolicy keeps everything.");
        Require(Json is not null, "AgentStateOptions.Json must be set.");
        Require(MaxCommitBytes is >= 1024 and <= LargestCommitBytes,
            $"AgentStateOptions.MaxCommitBytes must be 1,024 to {LargestCommitBytes:N0}; it is {MaxCommitBytes:N0}.");
        Require(MaxUpdateAttempts >= 1, $"AgentStateOptions.MaxUpdateAttempts must be at least 1; it is {MaxUpdateAttempts}.");
        Require(Retry is not null, "AgentStateOptions.Retry must be set; MaxRetries = 0 turns it off.");
        Retention!.Validate();
        Retry!.Validate();
    }

    private static void Require(bool condition, string message)
    {
        if (!condition)
        {
            throw new StateConfigurationException(message);
        }
    }
}
