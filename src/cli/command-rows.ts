// What the command line says of its commands; what they do is in verbs/verb-rows.ts.

import type { CommandName, RequestVerb } from '../verbs/verb-rows.ts';

interface CommandRow {
  readonly usage: string;
  readonly about: string;
  /** What somebody has to know before the first use: paragraphs of lines. */
  readonly remarks: readonly (readonly string[])[];
}

export const commandRows: Readonly<Record<CommandName, CommandRow>> = {
  release: {
    usage: 'release [disk...]', about: 'Send IOCTL_STORAGE_RELEASE to disks; one result for each', remarks: [],
  },
  reserve: {
    usage: 'reserve [disk...]', about: 'Send IOCTL_STORAGE_RESERVE to disks, which locks all other hosts out',
    remarks: [[
      'What it does to others:',
      '  Every other host that shares the disk gets reservation conflicts for its reads',
      '  and writes; applications fail there, and a failover cluster treats its disk as',
      '  failed. Each path of this host is an initiator of its own: the other paths are',
      '  locked out, too. A release over the same path ends it, and so does a reset of',
      '  the disk or its target, a logout, or a restart of this host.',
    ]],
  },
  clear: {
    usage: 'clear [disk...]',
    about: 'Free disks that dead hosts left reserved, by the method that is named; no data is erased',
    remarks: [[
      'What it does, and what it costs other hosts:',
      '  No data is erased. How the disk is reserved is read first; a method that',
      '  cannot free it is refused, and the message names the method that can.',
      '  release  As release --verify; --own-key takes back a key that clear left.',
      '  clear    Removes the persistent reservation and all keys. Hosts that still',
      '           run lose the access that they had by them.',
      '  preempt  Removes the key of --holder-key and no other: the holder\'s or, where',
      '           nobody holds a reservation, any that is registered.',
      '  reset    Asks the adapter to reset the LUN, which ends a SCSI-2 reservation.',
      '           The outstanding commands of all hosts are aborted; Windows may go on',
      '           to the target and the bus. Never with more than one path.',
      '  The result is read afterwards: Cleared, Preempted and Reset are proved.',
    ]],
  },
  status: {
    usage: 'status [disk...]',
    about: 'Show how disks are reserved, without changing anything; all disks if none is named',
    remarks: [[
      'What it can tell:',
      '  No command names the holder of a SCSI-2 reservation, or tells a free disk from',
      '  one that this host holds: that is Unknown. release --verify gives up the',
      '  reservation of this host, if it holds one, and reads whether the disk is',
      '  free.',
      '  A read of the first 4096 bytes of the disk shows whether this host has access;',
      '  they are discarded at once. Nothing is written, and nothing is read from',
      '  tapes, changers, CD-ROMs, SATA and NVMe disks. Keys and that read take an',
      '  elevated session. --detailed opens disks for writing, too, which Windows',
      '  demands for SCSI pass-through; it sends nothing that changes them.',
      'Rows come in the order in which disks answer.',
    ]],
  },
  list: {
    usage: 'list', about: 'Show the disks, tapes and changers of this computer, and what to call them',
    remarks: [],
  },
  log: {
    usage: 'log <file>', about: 'Show the results in a log that --log or -LogPath wrote', remarks: [[
      'What it reads:',
      '  The file, and before it the older one (FILE.1) where there is one. A last line',
      '  that is incomplete is reported and has no other effect; any other line that is',
      '  not a record is reported by its number, and the exit code is 1 then.',
    ]],
  },
};

interface Question {
  readonly ask: string;
  /** What somebody who shares the disk would want to know. */
  readonly warning: string | null;
}

/** What the question says beside the code. */
export const questions: Readonly<Record<RequestVerb, Question>> = {
  release: { ask: 'Release', warning: null },
  reserve: { ask: 'Reserve',
    warning: 'Every other host, and every other path of this one, is locked out until it is released or reset.' },
};
