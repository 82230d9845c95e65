using Amazon.DynamoDBv2;
using Holdfast.DynamoDb;
using Microsoft.Extensions.DependencyInjection;

namespace Holdfast;

/// <summary>Stores in Amazon DynamoDB.</summary>
public static class HoldfastBuilderDynamoDbExtensions
{
    /// <summary>Stores in a table of Amazon DynamoDB.</summary>
    /// <remarks>
    /// The client is the one of the settings, or made for their region or address; where they say nothing, the <see cref="IAmazonDynamoDB"/> of the services is used if there is one.
    /// </remarks>
    /// <param name="builder">The builder of the store.</param>
    /// <param name="configure">Changes the settings.</param>
    public static HoldfastBuilder UseDynamoDb(this HoldfastBuilder builder, Action<DynamoDbLogOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder.UseLog(provider =>
        {
            var options = new DynamoDbLogOptions();
            configure?.Invoke(options);
            if (options is { Client: null, Region: null, ServiceUrl: null, Credentials: null })
            {
                options.Client = provider.GetService<IAmazonDynamoDB>();
            }

            return new DynamoDbCommitLog(options);
        });
    }
}
