export function makePackages(what: {
  readonly root: string;
  readonly dist: string;
  readonly module: string;
  readonly output: string;
  readonly url?: string | undefined;
}): Promise<string[]>;
/** An exit code; `run` builds in place of build.mjs. */
export function buildAndPackage(
  root: string,
  options: { readonly sign?: string; readonly url?: string; readonly 'sign-minutes'?: number; readonly 'with-linux'?: boolean },
  around?: { dist?: string; run?: (root: string, args: readonly string[]) => number; say?: (text: string) => void },
): Promise<number>;
