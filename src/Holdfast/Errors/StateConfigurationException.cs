namespace Holdfast;

/// <summary>A setting is missing or out of its range.</summary>
public sealed class StateConfigurationException : AgentStateException
{
    /// <summary>Makes the error.</summary>
    public StateConfigurationException(string message, Exception? innerException = null)
        : base(ErrorCodes.InvalidConfiguration, message, innerException)
    {
    }
}
