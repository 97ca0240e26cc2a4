import type { ReleaseContext } from '../../release/release.ts';
import { lookAtAll } from '../../release/find.ts';
import { diskItem } from '../../release/items.ts';
import type { Invocation } from '../command-line.ts';
import type { Interrupt } from '../io.ts';
import type { Output } from '../output/output.ts';

/** Every device of this host as it becomes known, up to Ctrl+C. Resolves with the exit code. */
export async function list(
  { timeoutMs }: Invocation, context: ReleaseContext, output: Output, interrupt: Interrupt,
): Promise<number> {
  const { bus, clock } = context;
  const roles = await context.roles();
  let place = 0;
  let open = true;
  const all = lookAtAll(bus, clock, timeoutMs, (listed) => {
    if (open) output.item(diskItem(listed, roles, bus), place++);
  });
  await Promise.race([all, interrupt.first]);
  open = false;
  output.end(0);
  return 0;
}
