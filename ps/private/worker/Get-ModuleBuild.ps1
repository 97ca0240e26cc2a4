function script:Get-ModuleBuild {
    # The build that this module belongs to: in the published module beside this file, in the repository in dist/.
    $published = [System.IO.Path]::Combine($script:ModuleFolder, 'build.txt')
    if ([System.IO.File]::Exists($published)) {
        return [System.IO.File]::ReadAllText($published)
    }
    $built = [System.IO.Path]::Combine([System.IO.Path]::GetDirectoryName($script:ModuleFolder), 'dist', 'build.txt')
    if ([System.IO.File]::Exists($built)) {
        return [System.IO.File]::ReadAllText($built)
    }
    return ''
}
