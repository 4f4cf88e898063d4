using System.Text.Json;
using Telematics.Commands.Catalogue;
using Xunit;

namespace Telematics.Tests.Commands;

public sealed class CommandCatalogueTests
{
    private readonly CommandCatalogue _catalogue = new();

    [Fact]
    public void The_five_types_are_there_with_schema_and_times_to_live()
    {
        Assert.Equal(["lock", "unlock", "setReportingInterval", "locate", "setSpeedLimit"], _catalogue.Types.Select(type => type.Name));
        Assert.All(_catalogue.Types, type =>
        {
            Assert.InRange(type.DefaultTimeToLive, TimeSpan.FromSeconds(1), type.MaxTimeToLive);
            Assert.Equal("object", type.ParametersSchema.GetProperty("type").GetString());
            Assert.Same(type, _catalogue.Find(type.Name));
        });
        Assert.Null(_catalogue.Find("Lock"));
    }

    [Fact]
    public void What_could_harm_when_late_lives_shortly() =>
        Assert.All(_catalogue.Types.Where(type => type.IsSafetyClass), type => Assert.InRange(type.MaxTimeToLive, TimeSpan.Zero, TimeSpan.FromMinutes(15)));

    [Theory]
    [InlineData("lock", "{}")]
    [InlineData("locate", "{}")]
    [InlineData("setReportingInterval", """{"seconds":1}""")]
    [InlineData("setReportingInterval", """{"seconds":3600}""")]
    [InlineData("setSpeedLimit", """{"kilometersPerHour":250}""")]
    public void Good_parameters_pass(string type, string parameters) => Assert.Empty(Validate(type, parameters));

    [Theory]
    [InlineData("setReportingInterval", """{"seconds":0}""", "parameters.seconds", "at least 1; it is 0")]
    [InlineData("setReportingInterval", """{"seconds":3601}""", "parameters.seconds", "at most 3600; it is 3601")]
    [InlineData("setReportingInterval", """{"seconds":99999999999999999999}""", "parameters.seconds", "99999999999999999999")]
    [InlineData("setReportingInterval", """{"seconds":1e400}""", "parameters.seconds", "at most 64 bits; it is 1e400")]
    [InlineData("setReportingInterval", """{"seconds":9999,"seconds":5}""", "parameters.seconds", "given twice")]
    [InlineData("setReportingInterval", """{"seconds":{"seconds":5}}""", "parameters.seconds", "whole number")]
    [InlineData("setReportingInterval", """{"seconds":1.5}""", "parameters.seconds", "whole number; it is 1.5")]
    [InlineData("setReportingInterval", """{"seconds":"5"}""", "parameters.seconds", "whole number; it is 5")]
    [InlineData("setReportingInterval", "{}", "parameters.seconds", "is required")]
    [InlineData("setSpeedLimit", """{"kilometersPerHour":9}""", "parameters.kilometersPerHour", "at least 10; it is 9")]
    [InlineData("lock", """{"door":1}""", "parameters.door", "not a parameter")]
    [InlineData("lock", "[]", "parameters", "must be an object; it is a list")]
    [InlineData("lock", "null", "parameters", "must be an object; it is null")]
    public void Errors_name_field_limit_and_value(string type, string parameters, string field, string text)
    {
        var error = Assert.Single(Validate(type, parameters));
        Assert.Equal(field, error.Field);
        Assert.Contains(text, error.Message, StringComparison.Ordinal);
        Assert.StartsWith(field, error.Message, StringComparison.Ordinal);
    }

    private IReadOnlyList<CommandError> Validate(string type, string parameters)
    {
        using var document = JsonDocument.Parse(parameters);
        return _catalogue.Find(type)!.Validate(document.RootElement);
    }
}
