// Requests that the rehearsal's class driver does not end as Microsoft's does, and why. The test fails when one of
// them ends alike, when one goes, and when there is another.

import type { Row } from './classpnp-rows.ts';

export interface KnownDifference {
  readonly why: string;
  readonly of: (row: Row) => boolean;
  /** How many there are. */
  readonly rows: number;
}

const option = (name: string) => ({ options }: Row) => options.includes(name);

export const knownDifferences: readonly KnownDifference[] = [
  { why: 'LegacyErrorHandling, a value in the registry that has the driver retry hardware errors: no rehearsal has it',
    of: option('legacyerr'), rows: 4 },
  { why: 'CLASS_SPECIAL_CAUSE_NOT_REPORTABLE_HACK, for listed drives that mean START UNIT by 04/00: none is rehearsed',
    of: option('notreporthack'), rows: 2 },
  { why: 'a rehearsed disk vanishes between two requests, never between two attempts of one, and then answers 433',
    of: (row) => option('goneafter1')(row) || option('lockremoved')(row), rows: 4 },
  { why: 'the computer runs out of memory: a rehearsed one never does',
    of: option('nomem'), rows: 1 },
  // DO_VERIFY_VOLUME: set by unit attentions and many errors, taken back by the file system alone.
  { why: 'a queue that the adapter flushed, while the volume is marked for verification: no rehearsed adapter does, '
      + 'and no rehearsal has a file system that would take the mark back',
    of: (row) => option('verifyvol')(row) || row.id.endsWith('REQUEST_FLUSHED'), rows: 4 },
  { why: 'passed down, to a port driver that refused everything; the rehearsal plays the port driver as well',
    of: ({ id }) => /^(?:SCSI_PASS_THROUGH in 5[67]|QUERY_PROPERTY device in 12)$/.test(id), rows: 3 },
  { why: 'passed down; the rehearsal plays the partition manager, which answers this one, as well',
    of: ({ id }) => id === 'DISK_IS_CLUSTERED', rows: 1 },
];
