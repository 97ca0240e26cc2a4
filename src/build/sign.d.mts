export function words(command: string): string[];
export const signOption: { readonly value: string; readonly read: (command: string) => string; readonly about: string };
export function signer(command: string | undefined): (file: string) => void;
