export function publishedScripts(folder: string): Record<string, string>;
