export function stageScripts(root: string, folder: string, footer?: string): void;
