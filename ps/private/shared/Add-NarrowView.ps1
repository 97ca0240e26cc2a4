function script:Test-NarrowScreen {
    # Whether the host shows fewer than 80 columns. Formats cannot ask: which columns a view has is fixed.
    try { $width = $Host.UI.RawUI.BufferSize.Width }
    catch { return $false }
    return $width -gt 0 -and $width -lt 80
}

function script:Add-NarrowView {
    # Gives an object the view of its type for a narrow screen, which leaves out columns for the message: by a type name
    # before its own.
    param([object]$InputObject)

    $InputObject.PSObject.TypeNames.Insert(0, $InputObject.PSObject.TypeNames[0] + '#Narrow')
}
