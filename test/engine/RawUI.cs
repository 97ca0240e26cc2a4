using System.Management.Automation.Host;

namespace StorageRelease.TestEngine;

/// <summary>
/// A screen that is only a width: tables are laid out for it, and nothing can be read back from it.
/// </summary>
internal sealed class RawUI(int width) : PSHostRawUserInterface
{
    public override ConsoleColor ForegroundColor { get; set; } = ConsoleColor.Gray;

    public override ConsoleColor BackgroundColor { get; set; } = ConsoleColor.Black;

    public override Coordinates CursorPosition { get; set; }

    public override Coordinates WindowPosition { get; set; }

    public override int CursorSize { get; set; } = 1;

    public override Size BufferSize { get; set; } = new(width, 3000);

    public override Size WindowSize { get; set; } = new(width, 50);

    public override Size MaxWindowSize => new(width, 50);

    public override Size MaxPhysicalWindowSize => new(width, 50);

    public override bool KeyAvailable => false;

    public override string WindowTitle { get; set; } = "StorageRelease test engine";

    public override void FlushInputBuffer()
    {
    }

    public override KeyInfo ReadKey(ReadKeyOptions options)
        => throw new InvalidOperationException("Keys cannot be read: input is not a console.");

    public override void SetBufferContents(Coordinates origin, BufferCell[,] contents)
    {
    }

    public override void SetBufferContents(Rectangle rectangle, BufferCell fill)
    {
    }

    public override BufferCell[,] GetBufferContents(Rectangle rectangle) => new BufferCell[0, 0];

    public override void ScrollBufferContents(
        Rectangle source, Coordinates destination, Rectangle clip, BufferCell fill)
    {
    }
}
