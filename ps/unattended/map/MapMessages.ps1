# Every message about maps.

$script:MapMessages = @{
    Write          = 'Write a map of hosts and disks'
    Empty          = 'No result was piped that a map can be drawn from.'
    EmptyNext      = 'Pipe what Find-StorageReservationHolder or Get-StorageReservation gives.'
    Exists         = 'The file {0} exists, and is not a map.'
    ExistsNext     = 'Name another file, or use -Force.'
    NotWritten     = 'The map {0} cannot be written: {1}'
    NotWrittenNext = 'Name another file.'
    Failed         = 'The map cannot be drawn: {0}'
}
