using Holdfast.Logs;
using Holdfast.Testing;

namespace Holdfast.DynamoDb.Tests;

/// <summary>With a proxy before the server, which cuts every connection while there is an outage.</summary>
[OnlySuites("Outage")]
public sealed class OutageConformance : LogConformance<OutageFixture>;

public sealed class OutageFixture : LogFixture
{
    private FaultProxy? _proxy;

    public override Type LogType => typeof(DynamoDbCommitLog);

    public override LogCapabilities Capabilities => LogCapabilities.Durable | LogCapabilities.MultiProcess;

    public override bool CanCutOff => true;

    public override async ValueTask<ICommitLog> CreateAsync(CancellationToken cancellationToken)
    {
        _proxy = await FaultProxy.StartAsync();
        return await ReopenAsync(cancellationToken);
    }

    public override ValueTask<ICommitLog> ReopenAsync(CancellationToken cancellationToken)
    {
        var options = SharedServer.OptionsFor(_proxy!.Url);
        options.Timeout = TimeSpan.FromMilliseconds(100);
        return new(new DynamoDbCommitLog(options));
    }

    public override ValueTask CutOffAsync(CancellationToken cancellationToken)
    {
        _proxy!.Decide = (_, _) => Task.FromResult(Passage.Cut);
        return default;
    }

    public override ValueTask RestoreAsync(CancellationToken cancellationToken)
    {
        _proxy!.Heal();
        return default;
    }

    public override async ValueTask DisposeAsync()
    {
        if (_proxy is not null)
        {
            await _proxy.DisposeAsync();
        }

        await base.DisposeAsync();
    }
}
