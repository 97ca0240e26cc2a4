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
  about: 'Draw a map of hosts and disks, one HTML file, of results in JSON or CLIXML',
  remarks: [
    'What it reads:',
    '  Results of Find-StorageReservationHolder and Get-StorageReservation, as JSON',
    '  (ConvertTo-Json) or CLIXML (Export-Clixml), and what storage-release status',
    '  --output json or clixml writes; several documents may follow each other.',
    '  - is stdin, and with --to stdout.',
    '',
    'Examples:',
    '  storage-release map all.json --to map.html',
    '  cat node-*.json | storage-release map - --before last-week.json > map.html',
  ],
} as const;

export const mapOptions: readonly MapOption[] = [
  { name: 'before', about: 'FILE: results of an earlier time; what changed since is marked, as far as both tell', value: 'FILE',
    values: 'file' },
  { name: 'to', about: 'FILE: write the map there; default: to stdout', value: 'FILE', values: 'file' },
  { name: 'title', about: 'TEXT: what the map is called', value: 'TEXT', values: null },
  { name: 'force', about: 'Replace a file that is not a map', value: null, values: null },
];
