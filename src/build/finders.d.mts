export interface Archive {
  readonly cpu: string;
  readonly name: string;
  readonly sha256: string;
  readonly folder: string;
}
export function httpsAddress(url: string): string;
export function projectPage(product: { readonly project?: string }, url: string): string | null;
export function finders(
  product: {
    readonly version: string; readonly description: string; readonly author: string;
    readonly license: string; readonly tags: readonly string[]; readonly project?: string;
  },
  archives: readonly Archive[], url: string,
): Record<string, { value: Record<string, unknown>; text: string }>;
