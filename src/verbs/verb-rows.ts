import { IOCTL_STORAGE_RELEASE, IOCTL_STORAGE_RESERVE } from '../bus/sdk/control-codes.ts';

export type ChangingVerb = 'release' | 'reserve';

/** What differs between the two. `command`: the cmdlet. `inDoubt`: what is unknown while there is no answer. */
export const verbs = {
  release: { code: IOCTL_STORAGE_RELEASE, codeName: 'IOCTL_STORAGE_RELEASE', command: 'Invoke-StorageRelease',
    inDoubt: 'whether the device releases anything' },
  reserve: { code: IOCTL_STORAGE_RESERVE, codeName: 'IOCTL_STORAGE_RESERVE', command: 'Invoke-StorageReserve',
    inDoubt: 'whether the device is reserved now' },
} as const;

/** Whether a verb is one that sends something which changes a reservation. */
export const isChanging = (verb: string): verb is ChangingVerb => Object.hasOwn(verbs, verb);
