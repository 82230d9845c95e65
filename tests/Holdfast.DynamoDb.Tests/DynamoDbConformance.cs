using Holdfast.Logs;
using Holdfast.Testing;

namespace Holdfast.DynamoDb.Tests;

public sealed class DynamoDbConformance : LogConformance<DynamoDbFixture>;

public sealed class DynamoDbFixture : LogFixture
{
    public override Type LogType => typeof(DynamoDbCommitLog);

    public override LogCapabilities Capabilities => LogCapabilities.Durable | LogCapabilities.MultiProcess;

    public override async ValueTask<ICommitLog> CreateAsync(CancellationToken cancellationToken) => await SharedServer.OpenAsync();

    public override async ValueTask<ICommitLog> ReopenAsync(CancellationToken cancellationToken) => await SharedServer.OpenAsync();
}
