using StackExchange.Redis;

namespace Holdfast.Redis.Indexing;

/// <summary>What the index said when it was told of a version to come.</summary>
/// <param name="LaterScore">The score of a later update that it has; empty for none.</param>
/// <param name="SaysMore">Whether it says more than holds once the version has come.</param>
/// <param name="IsChanged">Whether it was changed.</param>
/// <param name="Terms">All terms that it has.</param>
/// <param name="Stamp">The stamp that it has for this version alone; empty if another one is to come too.</param>
internal readonly record struct TouchAnswer(RedisValue LaterScore, bool SaysMore, bool IsChanged, RedisValue Terms, RedisValue Stamp);
