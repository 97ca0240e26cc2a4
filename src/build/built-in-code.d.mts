export function withCodeFor(bytes: Buffer, node: string, options: readonly string[]): Buffer;
export function withFlags(bytes: Buffer, from: Buffer, to: Buffer): Buffer;
