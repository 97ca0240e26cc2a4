import type { ReleaseContext } from '../../release/release.ts';
import { listDevices } from '../../release/find.ts';
import { diskItem } from '../../release/items.ts';
import type { Invocation } from '../command-line.ts';
import type { Interrupt } from '../io.ts';
import type { Output } from '../output/output.ts';

/** Every device of this host in the order of the bus, up to Ctrl+C. Resolves with the exit code. */
export async function list(
  { timeoutMs }: Invocation, context: ReleaseContext, output: Output, interrupt: Interrupt,
): Promise<number> {
  const { bus, clock } = context;
  let place = 0;
  let open = true;
  const all = listDevices(bus, context.roles, clock, timeoutMs, null, (row) => {
    if (open) output.item(diskItem(row, bus), place++);
  });
  await Promise.race([all, interrupt.first]);
  open = false;
  output.end(0);
  return 0;
}
