export interface Resource { at: number; lengthAt: number; length: number }
export function resource(bytes: Buffer, type: number, name?: number): Resource | undefined;
export function overwrite(bytes: Buffer, place: Resource, content: Buffer, what: string): void;
