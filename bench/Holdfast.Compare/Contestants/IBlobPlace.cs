namespace Holdfast.Compare.Contestants;

/// <summary>Where documents are kept whole.</summary>
internal interface IBlobPlace : IAsyncDisposable
{
    string Version { get; }

    bool Blocks { get; }

    Task<byte[]?> ReadAsync(string thread);

    Task WriteAsync(string thread, byte[] json);

    /// <summary>The same place as a new store object sees it.</summary>
    Task<IBlobPlace> OpenAnotherAsync();
}
