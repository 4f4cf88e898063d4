namespace Telematics.Ingest;

/// <summary>What became of the messages of one transaction.</summary>
internal struct BatchCounts
{
    public int Messages;
    public int Rows;
    public int RollupOnly;
    public int Duplicates;
    public int Unjudged;
    public int Rejected;
}
