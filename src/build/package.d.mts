export function makePackages(what: {
  readonly root: string;
  readonly dist: string;
  readonly module: string;
  readonly output: string;
  readonly url?: string | undefined;
}): Promise<string[]>;
