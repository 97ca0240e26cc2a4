export class OptionError extends Error {}

export type Read<T> = (text: string) => T;
export const kinds: {
  readonly text: Read<string>;
  readonly count: Read<number>;
  readonly positive: Read<number>;
  readonly decimal: Read<number>;
  readonly folder: Read<string>;
  readonly program: Read<string>;
  oneOf(...values: string[]): Read<string>;
};

export interface ScriptOption {
  readonly value?: string;
  readonly read?: Read<unknown>;
  readonly short?: string;
  readonly many?: boolean;
  readonly about: string;
}
export interface Script {
  readonly usage: string;
  readonly about: string;
  readonly options: Readonly<Record<string, ScriptOption>>;
  readonly rest?: string;
  readonly dash?: '-';
}
export function usageText(script: Script): string;
export function parseOptions(script: Script, args: readonly string[]): Record<string, unknown>;
export function readOptions(
  script: Script, options?: { args?: readonly string[]; refused?: () => string }): Record<string, unknown>;
