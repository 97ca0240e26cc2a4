// Constants that build.mjs puts into the bundle; when run from the sources, as in tests, they have other values.

declare const __VERSION__: string | undefined;
declare const __BUILD__: string | undefined;

export const version: string = typeof __VERSION__ === 'string' ? __VERSION__ : '0.0.0-source';
/** First 16 hex digits of the SHA-256 over the sources. */
export const build: string = typeof __BUILD__ === 'string' ? __BUILD__ : 'source';
