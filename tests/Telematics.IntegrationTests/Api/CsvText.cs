using System.Text;

namespace Telematics.IntegrationTests.Api;

/// <summary>Reads RFC 4180 by its letter: fields in quotes may hold commas, line ends and doubled quotes.</summary>
internal static class CsvText
{
    public static List<string[]> Parse(string text)
    {
        var rows = new List<string[]>();
        var fields = new List<string>();
        var field = new StringBuilder();
        var isQuoted = false;
        for (var i = 0; i < text.Length; i++)
        {
            var c = text[i];
            if (isQuoted)
            {
                if (c != '"')
                {
                    field.Append(c);
                }
                else if (i + 1 < text.Length && text[i + 1] == '"')
                {
                    field.Append('"');
                    i++;
                }
                else
                {
                    isQuoted = false;
                }
            }
            else if (c == '"')
            {
                isQuoted = true;
            }
            else if (c is ',' or '\r')
            {
                fields.Add(field.ToString());
                field.Clear();
                if (c == '\r')
                {
                    rows.Add([.. fields]);
                    fields.Clear();
                    i++;
                }
            }
            else
            {
                field.Append(c);
            }
        }

        return rows;
    }
}
