export interface Target {
  readonly name: string;
  readonly os: string;
  readonly cpu: string;
  readonly node: string;
  readonly executable: string;
}
export interface Files {
  readonly root: string;
  readonly main: string;
  readonly assets?: Readonly<Record<string, string>>;
  readonly base: string;
  readonly output: string;
  readonly work: string;
  readonly product?: { readonly version: string; readonly texts: Readonly<Record<string, string>> };
}
export const targets: readonly Target[];
export function isHost(target: Target): boolean;
export function nodeOptions(target: Target): string[];
export function nodeOf(target: Target, nodeModules: string): string;
export function hostNode(root: string): string;
export function buildExecutable(target: Target, files: Files): void;
