// What the command line says of `map`, which looks at no bus and has options of its own.

export interface MapOption {
  readonly name: string;
  /** For the help; begins with what the value is called. */
  readonly about: string;
  /** What its value is called; null where it takes none. */
  readonly value: string | null;
  readonly values: 'file' | null;
}

export const mapUsage = {
  usage: 'map <file>',
  about: 'Draw a map of hosts and disks, one HTML file, of results in JSON',
  remarks: [
    'What it reads:',
    '  The JSON of Find-StorageReservationHolder and Get-StorageReservation, as',
    '  ConvertTo-Json writes it, and of storage-release status --output json; several',
    '  hosts in one file, one document a line. - is stdin.',
    '',
    'Examples:',
    '  storage-release map all.json --to map.html',
    '  cat node-*.json | storage-release map - --before last-week.json > map.html',
  ],
} as const;

export const mapOptions: readonly MapOption[] = [
  { name: 'before', about: 'FILE: JSON of an earlier time; what changed since is marked', value: 'FILE',
    values: 'file' },
  { name: 'to', about: 'FILE: write the map there; default: to stdout', value: 'FILE', values: 'file' },
  { name: 'title', about: 'TEXT: what the map is called', value: 'TEXT', values: null },
  { name: 'force', about: 'Replace a file that is not a map', value: null, values: null },
];
