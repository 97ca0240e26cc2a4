// The page's own script, which build.mjs bundles of page/page.ts; run from the sources (tests), there is none.

declare const __MAP_SCRIPT__: string | undefined;

export const pageScript: string = typeof __MAP_SCRIPT__ === 'string' ? __MAP_SCRIPT__ : '';
