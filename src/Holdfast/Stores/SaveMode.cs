namespace Holdfast;

/// <summary>What happens to the stored thread when a state is saved.</summary>
public enum SaveMode
{
    /// <summary>Saves only over the version that the state was loaded at; a state without a version, only where there is no thread.</summary>
    IfUnchanged,

    /// <summary>Saves over whatever is there, as one commit of the differences. Earlier versions stay readable.</summary>
    Replace,

    /// <summary>Saves only where there is no thread.</summary>
    New,
}
