export function bundledPackages(metafile: {
  readonly outputs: Readonly<Record<string, {
    readonly inputs: Readonly<Record<string, { readonly bytesInOutput: number }>>;
  }>>;
}): string[];
export function billOfMaterials(what: {
  readonly lock: {
    readonly packages: Readonly<Record<string, { readonly version?: string; readonly integrity?: string }>>;
  };
  readonly product: { readonly name: string; readonly version: string; readonly license: string };
  readonly packages: readonly { readonly name: string; readonly folder: string; readonly licence?: string }[];
  readonly files: readonly string[];
}): { bill: string; licences(): string };
