using System.CommandLine;
using System.Text.Json;
using Holdfast.Cli.Applications;
using Holdfast.Logs;
using Spectre.Console;

namespace Holdfast.Cli.Commands;

/// <summary>One run of a command: its command line, its store, and what it answers on.</summary>
internal sealed class Invocation : IAsyncDisposable
{
    private readonly AgentStateStore _owner;

    private Invocation(ToolHost host, ParseResult parsed, ToolStore scheme, AgentStateStore owner, GlobalOptions global, string? missing, ApplicationMigrations? migrations)
    {
        (Host, Parsed, Scheme, _owner, Missing, Migrations) = (host, parsed, scheme, owner, missing, migrations);
        Json = parsed.GetValue(global.Json);
        Store = parsed.GetValue(global.Tenant) is { Length: > 0 } tenant ? owner.ForTenant(tenant) : owner;
    }

    public ToolHost Host { get; }

    public ParseResult Parsed { get; }

    public ToolStore Scheme { get; }

    public AgentStateStore Store { get; }

    /// <summary>Whether the answer is JSON.</summary>
    public bool Json { get; }

    /// <summary>What is not there yet, where there is no store; a command that only reads then reads an empty one.</summary>
    public string? Missing { get; }

    /// <summary>The archive of the store; null if none was named.</summary>
    public ICommitLog? Archive { get; private init; }

    /// <summary>The migrations of the application whose threads are opened; null if they are opened as they are.</summary>
    public ApplicationMigrations? Migrations { get; }

    public IAnsiConsole Output => Host.Output;

    public IAnsiConsole Error => Host.Error;

    public static async Task<Invocation> OpenAsync(ToolHost host, GlobalOptions global, ParseResult parsed, StoreUrl url, bool onlyReads, ApplicationMigrations? migrations)
    {
        var options = migrations is null ? new() { TimeProvider = host.Time, AcceptAnySchema = true } : await migrations.OptionsAsync(host.Time);
        var scheme = host.Stores.Find(url);
        options.Archive = global.ArchiveUrlOf(parsed) is { } archive ? host.Stores.Find(archive).Open(archive) : null;

        // Made in any case, so that a URL that cannot be used is told. It touches nothing before its first call.
        var log = scheme.Open(url);
        var missing = scheme.Missing(url);
        if (missing is not null && onlyReads)
        {
            await log.DisposeAsync();
            log = new InMemoryCommitLog();
        }

        return new(host, parsed, scheme, new(log, options), global, missing, migrations) { Archive = options.Archive };
    }

    /// <summary>Opens another store besides the one of the command.</summary>
    public AgentStateStore OpenAnother(StoreUrl url) => new(Host.Stores.Find(url).Open(url), new() { TimeProvider = Host.Time, AcceptAnySchema = true });

    public T? Get<T>(Option<T> option) => Parsed.GetValue(option);

    public T Get<T>(Argument<T> argument) => Parsed.GetValue(argument)!;

    /// <summary>Who does what the command does: whoever was named, or else runs the tool. It is never the agent of the thread.</summary>
    public string? By(Option<string?> named) => Get(named) is { Length: > 0 } name ? name : Host.UserName is { Length: > 0 } account ? account : null;

    /// <summary>Why a thread is not served: it never was, was deleted, or has expired.</summary>
    public async Task<Exception> NotFoundAsync(ThreadId thread, CancellationToken cancellationToken)
    {
        var key = ThreadKey.Of(Store.Tenant, thread);
        return await Store.CommitLog.GetHeadAsync(key, cancellationToken) switch
        {
            null => ToolException.NotFound($"There is no thread '{key}'.", Missing ?? "`holdfast threads` lists the threads of the store."),
            { DeletedAt: not null } => new ThreadNotFoundException(key, deleted: true),
            { ExpiresAt: { } expiry } head when head.IsExpired(Host.Time.GetUtcNow()) => new ThreadExpiredException(key, expiry),
            _ => new ToolException(ErrorCodes.CommitConflict, ExitCodes.Conflict, $"Thread '{key}' was changed meanwhile.", "Run the command again."),
        };
    }

    /// <exception cref="Exception">There is no such thread, or it is not served; see <see cref="NotFoundAsync"/>.</exception>
    public async Task RequireThreadAsync(ThreadId thread, CancellationToken cancellationToken)
    {
        if (await Store.Thread(thread).GetInfoAsync(cancellationToken) is null)
        {
            throw await NotFoundAsync(thread, cancellationToken);
        }
    }

    /// <summary>Asks whether to go on.</summary>
    /// <exception cref="ToolException">The answer was no, or nobody can be asked.</exception>
    public async Task ConfirmAsync(string question)
    {
        if (!Host.IsInteractive)
        {
            throw ToolException.Usage("Nothing was done: nobody can be asked here.", "Add --yes to do it without asking, or --dry-run to see what would change.");
        }

        Error.Profile.Out.Writer.Write(Plain.OneLine($"{question} [y/N] "));
        Error.Profile.Out.Writer.Flush();
        var answer = await Task.Run(Host.Input.ReadLine).WaitAsync(Host.Interruption.Token);
        if (answer?.Trim() is not ("y" or "Y" or "yes"))
        {
            throw new ToolException("not-confirmed", ExitCodes.Failed, "Nothing was done.");
        }
    }

    /// <summary>Refuses to answer for a store that is not there: where its URL is mistyped, nobody knows whether all is well with the one that is meant.</summary>
    /// <param name="what">What would be done with it, as in <c>verify</c>.</param>
    public void RequireStore(string what)
    {
        if (Missing is not null)
        {
            throw ToolException.Usage($"There is nothing to {what}. {Missing}", "Check --store (or HOLDFAST_STORE).");
        }
    }

    /// <summary>Tells people, but no program, that there is no store yet.</summary>
    public void RemarkMissing()
    {
        if (Missing is not null)
        {
            Error.WriteStyled($"{Missing} `holdfast chat` makes the store.", Style.Plain);
        }
    }

    /// <summary>Answers with a sentence, or with a JSON object.</summary>
    public void Answer(string text, Action<Utf8JsonWriter> members) => AnswerLines(Plain.OneLine(text), members);

    /// <summary>Answers with lines, each of which is plain already, or with a JSON object.</summary>
    public void AnswerLines(string lines, Action<Utf8JsonWriter> members) => Output.WritePlain(Json ? JsonText.Object(members) : lines);

    public async ValueTask DisposeAsync()
    {
        await _owner.DisposeAsync();
        await (Archive?.DisposeAsync() ?? default);
    }
}
