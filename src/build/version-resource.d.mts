export function versionResource(bytes: Buffer): { at: number; lengthAt: number; length: number };
export function withVersionResource(
  bytes: Buffer, version: string, texts: Readonly<Record<string, string>>): Buffer;
