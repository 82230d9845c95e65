namespace Holdfast.DynamoDb.Rows;

/// <summary>The names of the attributes and indexes. They are a stored format: a name never changes its meaning.</summary>
internal static class Attr
{
    // The key of every item.
    public const string Partition = "pk";
    public const string Sort = "sk";

    // Heads: what commits own, and the life and the first version that a thread begins with.
    public const string Version = "version";
    public const string Keyframe = "keyframe";
    public const string Chain = "chain";
    public const string First = "first";
    public const string Life = "life";
    public const string User = "user";
    public const string Agent = "agent";
    public const string Status = "status";
    public const string Metadata = "metadata";
    public const string Terms = "terms";
    public const string Messages = "messages";
    public const string Created = "created";
    public const string Updated = "updated";
    public const string Expires = "expires";
    public const string Deleted = "deleted";
    public const string Due = "due";

    // Heads: what maintenance owns. No append writes them, but for the first properties.
    public const string Properties = "properties";
    public const string Revision = "revision";
    public const string Heartbeat = "heartbeat";
    public const string Pins = "pins";
    public const string LowestPin = "lowestPin";
    public const string Rewriting = "rewriting";

    // What nothing else tells of a head is there twice, or has a hash: so a change is found.
    public const string ExpiresTwice = "expires2";
    public const string PropertiesHash = "propertiesHash";
    public const string RevisionTwice = "revision2";
    public const string HeartbeatTwice = "heartbeat2";

    // What the indexes of the listings have of a head.
    public const string Shard = "shard";
    public const string InTenant = "inTenant";
    public const string OfUser = "ofUser";
    public const string Recent = "recent";
    public const string InSpace = "inSpace";
    public const string DueOrder = "dueOrder";
    public const string Day = "day";
    public const string ExpiryDay = "expiryDay";
    public const string Tags = "tags";
    public const string ById = "by-id";
    public const string ByUpdate = "by-update";
    public const string ByUser = "by-user";
    public const string ByDue = "by-due";

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

    // Pins.
    public const string Pin = "pin";
    public const string PinHash = "pinHash";

    // Work that is under way; it names a life as heads do.
    public const string State = "state";
    public const string Thread = "thread";
}
