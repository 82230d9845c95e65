namespace Holdfast.Testing.Suites;

/// <summary>Random sequences of operations are answered as a simple model answers them.</summary>
internal static class ModelSuite
{
    public static Task RandomSequences_OfAllOperations_AreAnsweredAsByTheModel(LogUnderTest test)
        => ModelRunner.RunAsync(test.Log, cancellationToken: test.Cancellation);
}
