using Holdfast.Logs;
using Holdfast.Servers;
using Holdfast.Testing;

namespace Holdfast.Postgres.Tests;

/// <summary>On a server of its own, which crashes and comes back.</summary>
[OnlySuites("Outage", "Append", "Capabilities")]
public sealed class OutageConformance : LogConformance<OutageFixture>;

public sealed class OutageFixture : LogFixture
{
    private PostgresServer? _server;

    public override Type LogType => typeof(PostgresCommitLog);

    public override LogCapabilities Capabilities => LogCapabilities.Durable | LogCapabilities.MultiProcess | LogCapabilities.Remote;

    public override bool CanCutOff => true;

    public override async ValueTask<ICommitLog> CreateAsync(CancellationToken cancellationToken)
    {
        _server = await SharedServer.GetCrashingAsync();
        return await ReopenAsync(cancellationToken);
    }

    public override async ValueTask<ICommitLog> ReopenAsync(CancellationToken cancellationToken)
        => await PostgresCommitLog.OpenAsync(new PostgresLogOptions { ConnectionString = _server!.ConnectionString(), CommandTimeout = Patience.Call }, cancellationToken);

    public override async ValueTask CutOffAsync(CancellationToken cancellationToken) => await _server!.StopAsync("immediate");

    public override async ValueTask RestoreAsync(CancellationToken cancellationToken) => await _server!.StartAgainAsync();
}
