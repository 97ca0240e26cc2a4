import type { BuildOptions, Metafile } from 'esbuild';

export function bundleParts(options: BuildOptions & { readonly absWorkingDir: string }): Promise<{
  readonly metafile: Metafile;
  readonly main: string;
  readonly parts: Readonly<Record<string, string>>;
}>;
