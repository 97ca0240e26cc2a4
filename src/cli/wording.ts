// Results speak of PowerShell's parameters and commands; on the command line some of them are called otherwise.

const words: readonly (readonly [RegExp, (...found: string[]) => string])[] = [
  [/-Allow ((?:\w+, )*\w+)/g, (_, names = '') => `--allow ${names.replaceAll(', ', ',')}`],
  [/\bClear-StorageReservation (?:-Number |-Path )?(\S+) -Method (\w+)/g, (_, disk = '', method = '') =>
    `storage-release clear ${disk} --method ${method.toLowerCase()}`],
  [/\bClear-StorageReservation\b/g, () => 'storage-release clear'],
  [/-HolderKey\b/g, () => '--holder-key'],
  [/-OwnKey\b/g, () => '--own-key'],
  [/-Abort\b/g, () => '--abort'],
  [/-Method (\w+)/g, (_, method = '') => `--method ${method.toLowerCase()}`],
  [/\bGet-StorageReservation (?:-Number |-Path )(\S+) -Registrants\b/g, (_, disk = '') => `storage-release status ${disk} --detailed`],
  [/\bInvoke-StorageRelease( -Path \.\.\.)? -Verify\b/g, () => 'storage-release release --verify'],
  [/\bGet-StorageReservation -Path \.\.\. -Registrants\b/g, () => 'storage-release status --detailed'],
  [/\bGet-StorageReservation -Registrants\b/g, () => 'storage-release status --detailed'],
  [/\bGet-StorageReservation -Number ([0-9, ]+[0-9])/g, (_, numbers = '') => `storage-release status ${numbers.replaceAll(',', '')}`],
  [/\bGet-StorageReservation -Path (\S+)/g, (_, path = '') => `storage-release status ${path}`],
  [/\bInvoke-StorageRe(lease|serve) -Path \.\.\./g, (_, verb = '') => `storage-release re${verb}`],
  [/\bInvoke-StorageRelease\b/g, () => 'storage-release release'],
  [/\bInvoke-StorageReserve\b/g, () => 'storage-release reserve'],
  [/\bGet-StorageReservation\b/g, () => 'storage-release status'],
  [/\bGet-StorageRehearsalDisk\b/g, () => 'storage-release list'],
  // What such a command is followed by in a next step.
  [/\b(storage-release \w+) -(?:Number|Path) /g, (_, command = '') => `${command} `],
  [/\bFind-StorageReservationHolder\b/g, () => 'Find-StorageReservationHolder (in PowerShell)'],
  [/-TimeoutSec\b/g, () => '--timeout'],
  [/-Verbose\b/g, () => '--verbose'],
  [/\(Get-Disk\) and pipe the object that is meant/g, () =>
    '(storage-release list) and name the one that is meant'],
  [/^The pipeline was stopped before/, () => 'Interrupted before'],
  [/^Run PowerShell as administrator/, () => 'Run it as administrator'],
];

/** A message or next step as it is said here. */
export const spokenHere = (text: string): string =>
  words.reduce((said, [pattern, how]) => said.replace(pattern, how), text);
