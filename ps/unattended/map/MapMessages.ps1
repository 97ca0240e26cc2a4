# Every message about maps.

$script:MapMessages = @{
    Write          = 'Write a map of hosts and disks'
    Empty          = 'No result was piped that a map can be drawn from.'
    EmptyNext      = 'Pipe what Find-StorageReservationHolder or Get-StorageReservation gives.'
    Exists         = 'The file {0} exists, and is not a map.'
    Piped          = 'What was piped'
    ExistsNext     = 'Name another file, or use -Force.'
    Own            = 'The map would replace the file {0}, with which it is compared.'
    NotWritten     = 'The map {0} cannot be written: {1}'
    NotWrittenNext = 'Name another file.'
    Folder         = 'it is a folder.'
    NotRegular     = '{0}, not a regular file.'
    NotRegularNext = 'Name a regular file.'
    NoFolder       = 'the folder {0} does not exist.'
    NoFolderNext   = 'Make the folder, or name another file.'
    Failed         = 'The map cannot be drawn: {0}'
    BeforeNext     = 'Name in -Before a file that Export-Clixml or ConvertTo-Json has written of what Find-StorageReservationHolder or Get-StorageReservation gave.'
}
