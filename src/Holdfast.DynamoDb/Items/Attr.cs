namespace Holdfast.DynamoDb.Items;

/// <summary>The names of the attributes and indexes. They are a stored format: a name never changes its meaning.</summary>
internal static class Attr
{
    // The key of every item.
    public const string Partition = "pk";
    public const string Sort = "sk";

    // Heads.
    public const string Version = "version";
    public const string Keyframe = "keyframe";
    public const string Chain = "chain";
    public const string First = "first";
    public const string Life = "life";
    public const string User = "user";
    public const string Agent = "agent";
    public const string Status = "status";
    public const string Metadata = "metadata";
    public const string Messages = "messages";
    public const string Created = "created";
    public const string Updated = "updated";
    public const string Expires = "expires";
    public const string Deleted = "deleted";
    public const string Rewriting = "rewriting";
    public const string Rewrite = "rewrite";
    public const string Erased = "erased";

    // What the indexes of the listings have of a head.
    public const string Shard = "shard";
    public const string InTenant = "inTenant";
    public const string OfUser = "ofUser";
    public const string Recent = "recent";
    public const string Day = "day";
    public const string Tags = "tags";
    public const string ById = "by-id";
    public const string ByUpdate = "by-update";
    public const string ByUser = "by-user";

    // Entries; the message count, keyframe flag and chain have the names that they have in heads.
    public const string Commit = "commit";
    public const string At = "at";
    public const string Hash = "hash";
    public const string Rewritten = "rewritten";
    public const string Body = "body";
    public const string Size = "size";
    public const string Upload = "upload";
    public const string Chunk = "chunk";
    public const string Chunks = "chunks";

    // Work that is under way.
    public const string State = "state";
    public const string Thread = "thread";
}
