export const unheard: readonly string[];
export function withoutVariables(bytes: Buffer, names: readonly string[]): Buffer;
