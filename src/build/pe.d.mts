export function withoutSignature(bytes: Buffer): Buffer;
