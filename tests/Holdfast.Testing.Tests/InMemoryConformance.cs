using Holdfast.Logs;

namespace Holdfast.Testing.Tests;

public sealed class InMemoryConformance : LogConformance<InMemoryFixture>;

public sealed class InMemoryFixture : LogFixture
{
    public override Type LogType => typeof(InMemoryCommitLog);

    public override LogCapabilities Capabilities => LogCapabilities.None;

    public override ValueTask<ICommitLog> CreateAsync(CancellationToken cancellationToken) => new(new InMemoryCommitLog());

    public override ValueTask<ICommitLog> ReopenAsync(CancellationToken cancellationToken) => new(new InMemoryCommitLog());
}
