namespace Holdfast.Redis.Connecting;

/// <summary>What a call does to what is stored.</summary>
internal enum Access
{
    /// <summary>Nothing: it may be given up at any time.</summary>
    Read,

    /// <summary>It may change something: once it was sent, its end is waited for.</summary>
    Write,
}
