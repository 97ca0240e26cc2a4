import type { Lab } from './lab.d.mts';

/** The flags of the executable that is shipped; child processes only for a probe's own helpers. */
export const shippedFlags: readonly string[];

/** Puts node.exe and koffi.node into the lab's folder. */
export function putNode(lab: Lab): { koffi: string; node: string };

/** Bundles a TypeScript program of the repository into the lab's folder; gives its Windows path. */
export function putProgram(lab: Lab, source: string): Promise<string>;

/** Compiles a C program of the repository into the lab's folder; gives its Windows path. */
export function putHelper(lab: Lab, source: string): Promise<string>;
