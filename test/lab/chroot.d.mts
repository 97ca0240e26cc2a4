/** The folder of the chroot; see chroot.mjs. Made once a lab is open. */
export function chrootFolder(): string;
