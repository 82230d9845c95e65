namespace Holdfast.Logs;

/// <summary>A listening to the hints of a log, until it is disposed of.</summary>
public interface IHintSubscription : IDisposable
{
    /// <summary>Whether the commits of other processes are told at present. If not, whoever waits has to look more often.</summary>
    bool IsLive { get; }
}
