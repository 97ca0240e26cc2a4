export type Entry = readonly [name: string, bytes: Buffer, mode?: number | undefined];
export function zip(entries: readonly Entry[], level?: number): Promise<Buffer>;
