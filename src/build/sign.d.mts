export function words(command: string): string[];
export const signOption: { readonly value: string; readonly read: (command: string) => string; readonly about: string };
export const signMinutesOption: { readonly value: string; readonly read: (minutes: string) => number; readonly about: string };
export class SigningError extends Error {}
export function signer(command: string | undefined, minutes?: number): (file: string) => void;
