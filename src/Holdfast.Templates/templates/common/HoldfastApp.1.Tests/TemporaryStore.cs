namespace HoldfastApp._1.Tests;

/// <summary>A store in files of its own, which outlives the agents of a test and is gone after it.</summary>
public sealed class TemporaryStore : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory();

    /// <summary>Settings for the agent: this store, and no model but the scripted one.</summary>
    public string[] Settings => [$"--Holdfast:Store={Url}", "--Model=scripted"];

    public string Url => $"file:{_directory.FullName}";

    public void Dispose() => _directory.Delete(recursive: true);
}
