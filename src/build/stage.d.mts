import type { Target } from './executable.mjs';

export function filesIn(folder: string): string[];
export function stageScripts(root: string, folder: string, footer?: string, sign?: (file: string) => void): void;
export function stageModule(what: {
  readonly root: string;
  readonly folder: string;
  readonly dist: string;
  readonly targets: readonly Target[];
  readonly build: string;
  readonly bill: string;
  readonly licences: string;
  readonly sign?: (file: string) => void;
}): void;
