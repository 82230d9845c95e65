namespace Holdfast.Redis.Tests;

/// <summary>What a test runs on.</summary>
public enum ServerKind
{
    SingleServer,
    Cluster,
}
