namespace Holdfast.DynamoDb.Connecting;

/// <summary>What an exception of a request means.</summary>
internal enum Fault
{
    /// <summary>The service answered that it will not do it, and will not if asked again.</summary>
    Refused,

    /// <summary>A condition does not hold: an answer, not a failure.</summary>
    Condition,

    /// <summary>Nothing was done, and it may be done if asked again: throttling, another transaction in the way, no connection.</summary>
    NotDone,

    /// <summary>It may have been done or not.</summary>
    Unknown,
}
