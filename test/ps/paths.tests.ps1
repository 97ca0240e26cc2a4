# The module, and the bus of a rehearsal, in folders with names that people have.
param([string]$Root, [string]$Temp)
. "$PSScriptRoot/harness.ps1"
. "$PSScriptRoot/buses.ps1"

if ([Environment]::OSVersion.Platform -eq 'Win32NT') {
    Test-That 'the module in such folders (not here: Windows makes links for administrators alone)' { }
    Complete-Tests
    return
}

foreach ($row in @(
        , @('blanks', 'my own modules')
        , @('umlauts and other letters', "M$([char]0xFC)ller $([char]0x65E5)$([char]0x672C)")
        , @('an ampersand, a quote, a percent sign and a hash', "R&D 50% o'clock #1")
        , @('brackets', 'a [1] b')
        , @('a dollar sign and a backtick', 'a $HOME `b')
        , @('more than 260 characters', (('d' * 90) + '/' + ('e' * 90) + '/' + ('f' * 90)))
    )) {
    Test-That "a folder with $($row[0]): by its path and by its name, where PowerShell looks there" {
        $modules = [System.IO.Path]::Combine($Temp, 'paths', $row[1])
        $copy = [System.IO.Path]::Combine($modules, 'StorageRelease')
        $null = [System.IO.Directory]::CreateDirectory([System.IO.Path]::Combine($copy, 'dist'))
        foreach ($name in 'ps', 'StorageRelease.psd1') { & /bin/cp -r "$Root/$name" $copy }
        [System.IO.File]::Copy("$Root/dist/build.txt", "$copy/dist/build.txt")
        & /bin/ln -s "$Root/dist/linux-x64" "$copy/dist/linux-x64"
        $bus = [System.IO.Path]::Combine($copy, 'bus.json')
        [System.IO.File]::Copy((New-TestBus 2), $bus)
        $before = [Environment]::GetEnvironmentVariable('PSModulePath')
        try {
            [Environment]::SetEnvironmentVariable('PSModulePath', $modules)
            # Import-Module takes what it is given for a pattern.
            $path = [System.Management.Automation.WildcardPattern]::Escape([System.IO.Path]::Combine($copy, 'StorageRelease.psd1')).Replace('``', '`')
            foreach ($what in $path, 'StorageRelease') {
                # PowerShell itself finds no module by its name in such a folder of PSModulePath.
                if ($what -ceq 'StorageRelease' -and $row[1].Contains('[')) { continue }
                $module = Import-Module $what -PassThru -Force
                Assert-Equal $module.ModuleBase $copy
                Enter-StorageRehearsal $bus -WarningAction SilentlyContinue
                Assert-Equal (Invoke-StorageRelease -Number 1 -Force).Outcome 'Accepted'
                Exit-StorageRehearsal
                Remove-Module StorageRelease
            }
            Assert-Equal (Get-Released $bus) 'unit 1'
        }
        finally { [Environment]::SetEnvironmentVariable('PSModulePath', $before) }
    }
}

Complete-Tests
