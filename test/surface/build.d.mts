export function buildSurface(): string;
