using Amazon.DynamoDBv2;
using Holdfast;
using Holdfast.DynamoDb;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Stores in Amazon DynamoDB.</summary>
public static class DynamoDbHoldfastBuilderExtensions
{
    private static readonly StoreScheme Scheme = new("dynamodb", "dynamodb://REGION/TABLE", url => new DynamoDbCommitLog(DynamoDbLogOptions.FromUrl(url.Text)));

    /// <summary>Lets <see cref="HoldfastBuilder.UseStore"/> open URLs as <see cref="DynamoDbLogOptions.FromUrl"/> reads them.</summary>
    public static HoldfastBuilder AddDynamoDb(this HoldfastBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder.AddStoreScheme(Scheme);
    }

    /// <summary>Stores in the table that a URL names.</summary>
    /// <param name="builder">The builder of the store.</param>
    /// <param name="url">The URL, as <see cref="DynamoDbLogOptions.FromUrl"/> reads it.</param>
    /// <param name="configure">Changes further settings.</param>
    /// <exception cref="StateConfigurationException">The URL cannot be read, or a setting is out of its range. Thrown when the store is made.</exception>
    public static HoldfastBuilder UseDynamoDb(this HoldfastBuilder builder, string url, Action<DynamoDbLogOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(url);
        return builder.UseLog(_ =>
        {
            var options = DynamoDbLogOptions.FromUrl(url);
            configure?.Invoke(options);
            return new DynamoDbCommitLog(options);
        });
    }

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
