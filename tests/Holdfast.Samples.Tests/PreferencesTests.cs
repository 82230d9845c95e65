namespace Holdfast.Samples.Tests;

public sealed class PreferencesTests : IDisposable
{
    private readonly SampleProgram _sample = new("Preferences");

    public void Dispose() => _sample.Dispose();

    [Fact]
    public async Task WhatWasLearnedInOneConversation_IsKnownInAnother_OfTheSameUser()
    {
        (await _sample.RunAsync("ann", "monday", "Short answers, please")).ShouldBe("I will keep that in mind.");

        (await _sample.RunAsync("ann", "friday", "How long does an egg take?")).ShouldBe("Eight minutes.");
        (await _sample.RunAsync("bob", "friday", "How long does an egg take?")).ShouldStartWith("Put it into boiling water");
    }
}
