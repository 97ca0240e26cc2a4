# A script as somebody writes it who uses the module: frees the disks of a test bench each night. What does not answer is
# tried once more, with more time; what is left is returned.

param([string[]]$UniqueId)

$disks = @(Get-StorageReservation -UniqueId $UniqueId | Where-Object State -NE 'Persistent')
$left = foreach ($seconds in 10, 300) {
    $results = @($disks | Invoke-StorageRelease -Force -TimeoutSec $seconds -ErrorAction SilentlyContinue)
    $results | Where-Object Outcome -NotIn 'Accepted', 'TimedOut'
    $disks = @($results | Where-Object Outcome -EQ 'TimedOut')
}
@($left | Where-Object { $_ }) + $disks | Select-Object UniqueId, Outcome, NextStep
