export function publishedScripts(
  folder: string, hashOf?: (text: string, file: string) => string): Record<string, string>;
