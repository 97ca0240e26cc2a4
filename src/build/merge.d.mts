export function mergedModule(folder: string): string;
