namespace Holdfast;

public sealed partial class AgentStateStore
{
    /// <summary>Writes threads to a bundle: every commit as it is stored, in documented JSON Lines with checksums.</summary>
    /// <remarks>
    /// <para>Streamed: one commit at a time is in memory. Threads are verified as they are read; one that is damaged, or erased meanwhile, is told and does not count.</para>
    /// <para>Deleted threads are exported as such, expired ones are not. Commits that are made during the export may be missing from it.</para>
    /// </remarks>
    /// <param name="output">Where the bundle is written. It is flushed, and stays open.</param>
    /// <param name="options">What to export; null for all threads of this store's tenant, with the variables of its users and of the application.</param>
    /// <param name="progress">Called after each commit and each thread.</param>
    /// <param name="cancellationToken">Ends the export between two lines; what was written is then no whole bundle, and no import accepts it.</param>
    /// <returns>What was exported, and which threads could not be.</returns>
    /// <exception cref="ArgumentException">The options are out of range or exclude each other, or the stream cannot be written.</exception>
    /// <exception cref="ThreadNotFoundException">One of the threads that the options name is not there.</exception>
    /// <exception cref="StoreUnavailableException">The backend failed.</exception>
    public ValueTask<ExportResult> ExportAsync(
        Stream output, ExportOptions? options = null, IProgress<BundleProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(output);
        if (!output.CanWrite)
        {
            throw new ArgumentException("The stream cannot be written.", nameof(output));
        }

        options ??= new();
        options.Validate();
        var selection = new ThreadSelection(_context, Tenant) { Threads = options.Threads, Query = options.Query, AllTenants = options.AllTenants };
        return new BundleExport(_context, selection, output, progress).RunAsync(cancellationToken);
    }

    /// <summary>Brings the threads of a bundle into this store: every commit as it is, with its version, id, time, hash and bytes.</summary>
    /// <remarks>
    /// <para>
    /// Nothing is overwritten. A thread that is there already with the same life and the same commits is left, or continued; another one under its id is told in
    /// <see cref="ImportResult.Failures"/>. Each thread is verified as it is read, and appears once it is whole. An import that was cut off can be repeated.
    /// </para>
    /// <para>
    /// A stream that can seek is read twice: the whole bundle is checked before anything is written. From any other stream, threads before a line that is wrong are imported.
    /// One commit at a time is in memory.
    /// </para>
    /// <para>Through the view of a user, only threads of that user are imported. Expired threads are imported as such.</para>
    /// </remarks>
    /// <param name="input">The bundle. It stays open.</param>
    /// <param name="options">What to import; null for the threads of this store's tenant.</param>
    /// <param name="progress">Called after each thread.</param>
    /// <param name="cancellationToken">Ends the import between two commits.</param>
    /// <returns>What was imported, and which threads could not be.</returns>
    /// <exception cref="InvalidBundleException">The bundle is damaged, cut off, or no bundle; <see cref="InvalidBundleException.Line"/> says where.</exception>
    /// <exception cref="UnknownFormatException">A newer version of the library wrote the bundle.</exception>
    /// <exception cref="StoreUnavailableException">The backend failed; what was imported until then is kept.</exception>
    public ValueTask<ImportResult> ImportAsync(
        Stream input, ImportOptions? options = null, IProgress<BundleProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(input);
        return input.CanRead
            ? new BundleImport(_context, Tenant, input, options ?? new(), progress).RunAsync(cancellationToken)
            : throw new ArgumentException("The stream cannot be read.", nameof(input));
    }
}
