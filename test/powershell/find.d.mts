export interface PowerShellCommand {
  command: string;
  kind: 'pwsh' | 'powershell';
}
export const powerShellVariable: string;
/** `named`: a path; `compiler`: where one has to be made, with the compiler behind Add-Type precompiled as well. */
export function findPowerShell(options?: { named?: string | undefined; compiler?: boolean }): PowerShellCommand;
export function shellEnvironment(): Record<string, string>;
