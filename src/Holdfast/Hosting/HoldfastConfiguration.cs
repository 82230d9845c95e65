using Microsoft.Extensions.Configuration;

namespace Holdfast;

/// <summary>Reads the settings of a store from a section of the configuration, as <c>docs/configuration.md</c> lists them.</summary>
/// <remarks>The section is read when the settings are asked for, so that sources that are added after the services count too.</remarks>
internal sealed class HoldfastConfiguration(IConfigurationSection section)
{
    private static readonly ThreadStatus[] Statuses = Enum.GetValues<ThreadStatus>();

    /// <summary>What is wrong with the section, and how what is wrong with options is told where the section has set them.</summary>
    /// <param name="configuration">The whole configuration, which may know the places of settings; null if it is not known.</param>
    /// <param name="options">What is wrong with the options in the end, after code has changed them.</param>
    public IEnumerable<string> Problems(IConfiguration? configuration, OptionProblems options)
    {
        var (reading, own) = (new SettingsReading(configuration), new AgentStateOptions());
        var reader = new SectionReader(section, reading);
        Read(reader, own);

        // What is also wrong with what the section alone says comes from the section, and is told by the path and the place of its setting.
        var told = own.Problems().ToldAs(reader.Tell).DistinctBy(problem => problem.Text).ToDictionary(problem => problem.Text, problem => problem.Told, StringComparer.Ordinal);
        return [.. reading.Problems, .. options.Select(problem => told.GetValueOrDefault(problem, problem))];
    }

    /// <summary>Every setting, with its value or default.</summary>
    public IReadOnlyList<StoreSetting> Settings(IConfiguration? configuration)
    {
        var reading = new SettingsReading(configuration);
        foreach (var key in (string[])["Store", "Archive"])
        {
            reading.Keep(PathOf(key), UrlOf(key, reading) is { Length: > 0 } url ? SecretText.Hide(url) : null, string.IsNullOrEmpty(section[key]));
        }

        Read(new(section, reading), new());
        return reading.Settings;
    }

    /// <summary>Sets what the section says. What cannot be read is left; <see cref="Problems"/> tells it.</summary>
    public void Apply(AgentStateOptions options) => Read(new(section, new()), options);

    /// <summary>Whether the section names an archive.</summary>
    public bool HasArchive => section["Archive"] is { Length: > 0 };

    /// <summary>Makes the log that the section names.</summary>
    /// <exception cref="StateConfigurationException">There is no URL, or it cannot be used.</exception>
    public Logs.ICommitLog OpenStore(StoreSchemes schemes, IConfiguration? configuration) => Open("Store", schemes, configuration);

    /// <summary>Makes the log of the archive that the section names.</summary>
    /// <exception cref="StateConfigurationException">There is no URL, or it cannot be used.</exception>
    public Logs.ICommitLog OpenArchive(StoreSchemes schemes, IConfiguration? configuration) => Open("Archive", schemes, configuration);

    /// <summary>The settings of the clean-up; null if there is to be none.</summary>
    public CleanupServiceOptions? Cleanup() => ReadCleanup(new(section, new()));

    /// <summary>The codes of advice that is not wanted.</summary>
    public IReadOnlyCollection<string> SilencedAdvice() => ReadAdvice(new SectionReader(section, new()).Section("Advice"));

    /// <summary>Sets what the section says of workers.</summary>
    public void Apply(ThreadWorkerOptions options) => ReadWorker(new SectionReader(section, new()).Section("Worker"), options);

    private Logs.ICommitLog Open(string key, StoreSchemes schemes, IConfiguration? configuration)
    {
        var reading = new SettingsReading(configuration);
        var url = UrlOf(key, reading);
        if (reading.Problems.Count > 0)
        {
            throw new StateConfigurationException(string.Join(' ', reading.Problems));
        }

        try
        {
            return schemes.Open(url, PathOf(key));
        }
        catch (StateConfigurationException e) when (!string.IsNullOrWhiteSpace(url))
        {
            throw new StateConfigurationException(reading.At(PathOf(key), $"{PathOf(key)}: {e.Message}"), e);
        }
    }

    private string? UrlOf(string key, SettingsReading reading) => section[key] is { Length: > 0 } text ? reading.Expand(PathOf(key), text) : null;

    private string PathOf(string key) => $"{section.Path}:{key}";

    private static void Read(SectionReader reader, AgentStateOptions options)
    {
        reader.Know("Store");
        reader.Know("Archive");
        options.MaxCommitBytes = reader.Number("MaxCommitBytes", options.MaxCommitBytes);
        options.MaxUpdateAttempts = reader.Number("MaxUpdateAttempts", options.MaxUpdateAttempts);
        options.OnCorrupt = reader.Choice("OnCorrupt", options.OnCorrupt);
        options.QuarantineDirectory = reader.Text("QuarantineDirectory", options.QuarantineDirectory);
        ReadExpiry(reader.Section("Expiry"), options);
        ReadVisibility(reader.Section("Visibility"), options);
        ReadRetry(reader.Section("Retry"), options);
        reader.Section("Cleanup").Add(ReadCleanup(reader)?.Problems());
        var worker = new ThreadWorkerOptions();
        ReadWorker(reader.Section("Worker"), worker);
        reader.Section("Worker").Add(worker.Problems());
        ReadAdvice(reader.Section("Advice"));
        reader.RefuseOthers();
    }

    private static void ReadExpiry(SectionReader reader, AgentStateOptions options)
    {
        var after = reader.Lifetime("After", "Never");
        var policy = after is { Time: { } time } ? ExpiryPolicy.After(time) : ExpiryPolicy.Never;
        foreach (var status in Statuses)
        {
            // A person is waited for, however long it takes.
            var fallback = after is { Time: { } all } && !status.IsWaitingForHuman() ? all.ToString("c", null) : "Never";
            policy = reader.Lifetime(status.ToString(), fallback) is { } lifetime ? policy.For(status, lifetime.Time) : policy;
        }

        policy = reader.Flag("SinceCreation", false) ? policy.SinceCreation() : policy;
        reader.RefuseOthers();
        options.Expiry = reader.Exists ? policy : options.Expiry;
    }

    private static void ReadVisibility(SectionReader reader, AgentStateOptions options)
    {
        options.Visibility = options.Visibility with
        {
            MaxMessages = reader.OptionalNumber("MaxMessages", options.Visibility.MaxMessages),
            MaxVariables = reader.OptionalNumber("MaxVariables", options.Visibility.MaxVariables),
            EssentialVariables = reader.Texts("EssentialVariables", options.Visibility.EssentialVariables),
        };
        reader.RefuseOthers();
    }

    private static void ReadRetry(SectionReader reader, AgentStateOptions options)
    {
        options.Retry.MaxRetries = reader.Number("MaxRetries", options.Retry.MaxRetries);
        options.Retry.Delay = reader.Time("Delay", options.Retry.Delay);
        options.Retry.MaxDelay = reader.Time("MaxDelay", options.Retry.MaxDelay);
        reader.RefuseOthers();
    }

    // "Cleanup": true, or its settings.
    private static CleanupServiceOptions? ReadCleanup(SectionReader reader)
    {
        if (reader.IsScalar("Cleanup"))
        {
            return reader.Flag("Cleanup", false) ? new() : null;
        }

        var cleanup = reader.Section("Cleanup");
        if (!cleanup.Exists)
        {
            reader.Reading.Keep(cleanup.Path, "false", isDefault: true);
            return null;
        }

        var options = new CleanupServiceOptions();
        options.Interval = cleanup.Time("Interval", options.Interval);
        options.OlderThan = cleanup.OptionalTime("OlderThan", options.OlderThan);
        options.ArchiveOlderThan = cleanup.OptionalTime("ArchiveOlderThan", options.ArchiveOlderThan);
        var retention = cleanup.Section("Retention");
        options.Retention = retention.Exists ? ReadRetention(retention, forStatuses: true) : null;
        cleanup.RefuseOthers();
        return options;
    }

    private static RetentionPolicy ReadRetention(SectionReader reader, bool forStatuses)
    {
        var policy = new RetentionPolicy
        {
            KeepVersions = reader.OptionalNumber("KeepVersions", null),
            KeepFor = reader.OptionalTime("KeepFor", null),
            MaxMessages = reader.OptionalNumber("MaxMessages", null),
            MaxMessageAge = reader.OptionalTime("MaxMessageAge", null),
        };
        foreach (var status in forStatuses ? Statuses : [])
        {
            var own = reader.Section(status.ToString());
            policy = own.Exists ? policy.For(status, ReadRetention(own, forStatuses: false)) : policy;
        }

        reader.RefuseOthers();
        return policy;
    }

    private static IReadOnlyCollection<string> ReadAdvice(SectionReader reader)
    {
        var silenced = reader.Texts("Silence", []);
        reader.RefuseOthers();
        return silenced;
    }

    private static void ReadWorker(SectionReader reader, ThreadWorkerOptions options)
    {
        options.Concurrency = reader.Number("Concurrency", options.Concurrency);
        options.PollInterval = reader.Time("PollInterval", options.PollInterval);
        options.Agent = reader.Text("Agent", options.Agent);
        options.AllTenants = reader.Flag("AllTenants", options.AllTenants);
        options.MaxPerUser = reader.Number("MaxPerUser", options.MaxPerUser);
        options.StopTimeout = reader.Time("StopTimeout", options.StopTimeout);
        reader.RefuseOthers();
    }
}
