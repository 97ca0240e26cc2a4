export function bitmap(size: number): Buffer;
export function png(size: number): Buffer;
export function withIcon(bytes: Buffer): Buffer;
