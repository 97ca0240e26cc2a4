import type { Entry } from './zip.mjs';

export interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly author: string;
  readonly company: string;
  readonly copyright: string;
  readonly description: string;
  readonly notes: string;
  readonly license: string;
  readonly tags: readonly string[];
}
export function readManifest(text: string, name: string): Manifest;
export function nupkg(manifest: Manifest, files: readonly Entry[], level?: number): Promise<Buffer>;
