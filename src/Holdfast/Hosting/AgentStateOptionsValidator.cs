using Microsoft.Extensions.Options;

namespace Holdfast;

/// <summary>Validates the settings of one store when the host starts.</summary>
internal sealed class AgentStateOptionsValidator(string optionsName) : IValidateOptions<AgentStateOptions>
{
    public ValidateOptionsResult Validate(string? name, AgentStateOptions options)
    {
        if (name != optionsName)
        {
            return ValidateOptionsResult.Skip;
        }

        try
        {
            options.Validate();
            return ValidateOptionsResult.Success;
        }
        catch (StateConfigurationException e)
        {
            return ValidateOptionsResult.Fail(e.Message);
        }
    }
}
