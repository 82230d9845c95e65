namespace Holdfast.DynamoDb.Bodies;

/// <summary>A new body of a rewrite.</summary>
/// <param name="Body">The body.</param>
/// <param name="Hash">Its digest.</param>
internal sealed record StagedBody(StoredBody Body, Digest Hash);
