namespace Holdfast.Benchmarks.Backends;

/// <summary>What a team would write by hand: the bytes of a turn, durable, through the driver alone.</summary>
internal interface IRawDriver : IAsyncDisposable
{
    Task InsertAsync(byte[] body);
}
