namespace Holdfast.Packaging.Tests;

/// <summary>The tests that use the packages: those are made once.</summary>
[CollectionDefinition(nameof(PackageCollection))]
public sealed class PackageCollection : ICollectionFixture<PackageFeed>;
