// The page's script, which build.mjs bundles from page/page.ts; empty when run from the sources, as in tests.

declare const __MAP_SCRIPT__: string | undefined;

export const pageScript: string = typeof __MAP_SCRIPT__ === 'string' ? __MAP_SCRIPT__ : '';
