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
  { why: 'LegacyErrorHandling, a registry value by which the driver retries hardware errors: no rehearsal has it',
    of: option('legacyerr'), rows: 4 },
  { why: 'CLASS_SPECIAL_CAUSE_NOT_REPORTABLE_HACK, for listed drives whose 04/00 means 04/02: none is rehearsed',
    of: option('notreporthack'), rows: 2 },
  { why: 'a rehearsed disk vanishes between two requests, never between two attempts of one, and then answers 433',
    of: (row) => option('goneafter1')(row) || option('lockremoved')(row), rows: 4 },
  { why: 'the computer runs out of memory: a rehearsed one never does',
    of: option('nomem'), rows: 1 },
  // DO_VERIFY_VOLUME: set by unit attentions and many errors.
  { why: 'REQUEST_FLUSHED while the volume is marked for verification: no rehearsed adapter answers so, and no '
      + 'rehearsal has a file system, which alone would remove the mark',
    of: (row) => option('verifyvol')(row) || row.id.endsWith('REQUEST_FLUSHED'), rows: 4 },
  { why: 'passed down to the port driver, whose stand-in refused everything; the rehearsal answers as one',
    of: ({ id }) => /^(?:SCSI_PASS_THROUGH in 5[67]|QUERY_PROPERTY device in 12)$/.test(id), rows: 3 },
  { why: 'passed down; the rehearsal answers it as the partition manager, which sits above, does',
    of: ({ id }) => id === 'DISK_IS_CLUSTERED', rows: 1 },
];
