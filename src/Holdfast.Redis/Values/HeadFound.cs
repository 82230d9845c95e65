namespace Holdfast.Redis.Values;

/// <summary>What was found where the head of a thread is kept: the head, damage, or nothing.</summary>
internal readonly record struct HeadFound(StoredHead? Stored, CorruptStateException? Damage)
{
    public bool IsMissing => Stored is null && Damage is null;
}
