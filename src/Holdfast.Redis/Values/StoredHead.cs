using Holdfast.Logs;

namespace Holdfast.Redis.Values;

/// <summary>A head, and the commit that the thread was born with, which tells it from another one with the same id.</summary>
internal sealed record StoredHead(ThreadHead Head, byte[] Born);
