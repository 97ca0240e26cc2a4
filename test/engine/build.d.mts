export interface EngineCommand {
  command: string;
  args: string[];
  directory: string;
}
export interface PublishOptions {
  project: string;
  output: string;
  rid: string;
  selfContained?: boolean;
}
export const hostRid: string;
export function buildEngine(options?: { rid?: string }): EngineCommand;
export function publish(options: PublishOptions): string;
