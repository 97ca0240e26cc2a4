export interface MadePowerShell {
  command: string;
  directory: string;
}
export interface PublishOptions {
  project: string;
  output: string;
  rid: string;
  properties?: readonly string[];
  onStart?: () => void;
}
export const hostRid: string;
export function buildPowerShell(
  options?: { rid?: string; compiler?: boolean; log?: (text: string) => void }): MadePowerShell;
export function publish(options: PublishOptions): string;
