namespace Holdfast;

/// <summary>What a step does when it is not known whether it took effect, because its process died in between.</summary>
public enum StepPolicy
{
    /// <summary>It runs again, with the same idempotency key.</summary>
    AtLeastOnce = 0,

    /// <summary>It never runs again by itself: its start is durable before the work.</summary>
    AtMostOnce = 1,
}
