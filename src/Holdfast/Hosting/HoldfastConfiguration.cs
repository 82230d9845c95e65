using Microsoft.Extensions.Configuration;

namespace Holdfast;

/// <summary>Reads the settings of a store from a section of the configuration, as <c>docs/configuration.md</c> lists them.</summary>
/// <remarks>The section is read when the settings are asked for, so that sources that are added after the services count too.</remarks>
internal sealed class HoldfastConfiguration(IConfigurationSection section)
{
    private static readonly ThreadStatus[] Statuses = Enum.GetValues<ThreadStatus>();

    public string? Store => section["Store"];

    public string StorePath => $"{section.Path}:Store";

    public IReadOnlyList<string> Problems()
    {
        var reader = new SectionReader(section);
        Read(reader, new());
        return reader.Problems;
    }

    /// <summary>Sets what the section says. What cannot be read is left; <see cref="Problems"/> tells it.</summary>
    public void Apply(AgentStateOptions options) => Read(new(section), options);

    /// <summary>The settings of the clean-up; null if there is to be none.</summary>
    public CleanupServiceOptions? Cleanup() => ReadCleanup(new(section));

    private static void Read(SectionReader reader, AgentStateOptions options)
    {
        reader.Text("Store");
        options.MaxCommitBytes = reader.Number("MaxCommitBytes") ?? options.MaxCommitBytes;
        options.MaxUpdateAttempts = reader.Number("MaxUpdateAttempts") ?? options.MaxUpdateAttempts;
        if (reader.Section("Expiry") is { } expiry)
        {
            options.Expiry = ReadExpiry(expiry);
        }

        if (reader.Section("Visibility") is { } retention)
        {
            options.Visibility = options.Visibility with
            {
                MaxMessages = retention.Number("MaxMessages") ?? options.Visibility.MaxMessages,
                MaxVariables = retention.Number("MaxVariables") ?? options.Visibility.MaxVariables,
                EssentialVariables = retention.Texts("EssentialVariables") ?? options.Visibility.EssentialVariables,
            };
            retention.RefuseOthers();
        }

        if (reader.Section("Retry") is { } retry)
        {
            options.Retry.MaxRetries = retry.Number("MaxRetries") ?? options.Retry.MaxRetries;
            options.Retry.Delay = retry.Time("Delay") ?? options.Retry.Delay;
            options.Retry.MaxDelay = retry.Time("MaxDelay") ?? options.Retry.MaxDelay;
            retry.RefuseOthers();
        }

        if (ReadCleanup(reader) is { } cleanup)
        {
            reader.Problems.AddRange(cleanup.Problems());
        }

        reader.RefuseOthers();
    }

    private static ExpiryPolicy ReadExpiry(SectionReader reader)
    {
        var policy = reader.Lifetime("After") is { Time: { } time } ? ExpiryPolicy.After(time) : ExpiryPolicy.Never;
        foreach (var status in Statuses)
        {
            policy = reader.Lifetime(status.ToString()) is { } lifetime ? policy.For(status, lifetime.Time) : policy;
        }

        policy = reader.Flag("SinceCreation") is true ? policy.SinceCreation() : policy;
        reader.RefuseOthers();
        return policy;
    }

    // "Cleanup": true, or its settings.
    private static CleanupServiceOptions? ReadCleanup(SectionReader reader)
    {
        if (reader.IsScalar("Cleanup"))
        {
            return reader.Flag("Cleanup") is true ? new() : null;
        }

        if (reader.Section("Cleanup") is not { } cleanup)
        {
            return null;
        }

        var options = new CleanupServiceOptions();
        options.Interval = cleanup.Time("Interval") ?? options.Interval;
        options.OlderThan = cleanup.Time("OlderThan") ?? options.OlderThan;
        cleanup.RefuseOthers();
        return options;
    }
}
