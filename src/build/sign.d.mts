export function words(command: string): string[];
export function signer(command: string | undefined): (file: string) => void;
