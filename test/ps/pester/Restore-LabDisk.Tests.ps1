# How to test a script that calls our commands, with Pester 5: by mocks of them, or in a rehearsal without any.
#   Invoke-Pester test/ps/pester

BeforeAll {
    Import-Module "$PSScriptRoot/../../../StorageRelease.psd1"
    $script = "$PSScriptRoot/Restore-LabDisk.ps1"
}

Describe 'Restore-LabDisk, by mocks' {
    BeforeAll {
        # What the commands would return: only the properties that the script reads.
        Mock Get-StorageReservation {
            foreach ($id in $UniqueId) { [pscustomobject]@{ UniqueId = $id; State = 'HeldByThisHost' } }
        }
        # A mock is called once for each piped object, which is its $InputObject, and once where none is piped.
        Mock Invoke-StorageRelease {
            if (-not $InputObject) { return }
            $outcome = if ($InputObject.UniqueId -eq 'BAD' -and $TimeoutSec -lt 60) { 'TimedOut' } else { 'Accepted' }
            [pscustomobject]@{ UniqueId = $InputObject.UniqueId; Outcome = $outcome; NextStep = '' }
        }
    }

    It 'releases each disk once, and returns nothing when all went well' {
        & $script -UniqueId A1, B2 | Should -BeNullOrEmpty
        Should -Invoke Invoke-StorageRelease -Times 1 -Exactly -ParameterFilter { $InputObject.UniqueId -eq 'A1' }
        Should -Invoke Invoke-StorageRelease -Times 1 -Exactly -ParameterFilter { $InputObject.UniqueId -eq 'B2' }
    }

    It 'gives a disk that does not answer more time, and only that one' {
        & $script -UniqueId A1, BAD | Should -BeNullOrEmpty
        Should -Invoke Invoke-StorageRelease -Times 1 -Exactly -ParameterFilter {
            $InputObject.UniqueId -eq 'BAD' -and $TimeoutSec -eq 300
        }
        Should -Invoke Invoke-StorageRelease -Times 1 -Exactly -ParameterFilter { $InputObject.UniqueId -eq 'A1' }
    }

    It 'sends nothing to a disk that a cluster holds' {
        Mock Get-StorageReservation { [pscustomobject]@{ UniqueId = 'C3'; State = 'Persistent' } }
        & $script -UniqueId C3 | Should -BeNullOrEmpty
        Should -Invoke Invoke-StorageRelease -Times 0 -Exactly -ParameterFilter { $InputObject }
    }

    It 'never asks, and lets one bad disk stop nothing' {
        & $script -UniqueId A1
        Should -Invoke Invoke-StorageRelease -ParameterFilter {
            $Force -and $PesterBoundParameters.ErrorAction -eq 'SilentlyContinue'
        }
    }

    It 'returns what could not be freed' {
        Mock Invoke-StorageRelease -ParameterFilter { $InputObject } {
            [pscustomobject]@{ UniqueId = $InputObject.UniqueId; Outcome = 'Failed'; NextStep = 'Look at the cable.' }
        }
        $left = & $script -UniqueId A1
        $left.Outcome | Should -Be 'Failed'
        $left.NextStep | Should -Not -BeNullOrEmpty
    }
}

Describe 'Restore-LabDisk, in a rehearsal' {
    BeforeAll {
        # The real commands on a simulated bus: nothing is mocked, and no disk is touched.
        Copy-Item "$PSScriptRoot/../../../ps/rehearsal/small-shop.json" TestDrive:/bus.json
        Enter-StorageRehearsal (Get-Item TestDrive:/bus.json).FullName -WarningAction SilentlyContinue
    }
    AfterAll { Exit-StorageRehearsal }

    It 'frees the disk, which is seen by reading it' {
        $id = (Get-StorageRehearsalDisk 1).UniqueId
        & $script -UniqueId $id | Should -BeNullOrEmpty
        (Get-StorageReservation -UniqueId $id).State | Should -Not -Be 'HeldByThisHost'
    }

    It 'says what a hardware fault leaves to do' {
        $left = & $script -UniqueId (Get-StorageRehearsalDisk 12).UniqueId
        $left.Outcome | Should -Be 'Failed'
        $left.NextStep | Should -Not -BeNullOrEmpty
    }
}
