export type Entry = readonly [name: string, bytes: Buffer];
export function zip(entries: readonly Entry[]): Promise<Buffer>;
