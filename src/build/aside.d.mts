export function takeAway(path: string, aside: string, remove?: (file: string) => void): void;
export function clearAside(aside: string, remove?: (file: string) => void): void;
