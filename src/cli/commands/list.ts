import type { ReleaseContext } from '../../release/release.ts';
import { listDevices } from '../../release/find.ts';
import { diskItem } from '../../release/items.ts';
import type { Invocation } from '../command-line.ts';
import { outcomeRow } from '../../status/outcomes.ts';
import type { Channel, Interrupt } from '../io.ts';
import type { Output } from '../output/output.ts';

/** Every device of this host in the order of the bus, up to Ctrl+C. Resolves with the exit code. */
export async function list(
  { timeoutMs }: Invocation, context: ReleaseContext, output: Output, interrupt: Interrupt, stderr: Channel,
): Promise<number> {
  const { bus, clock } = context;
  let place = 0;
  let open = true;
  const all = listDevices(bus, context.roles, clock, timeoutMs, null, (row) => {
    if (open) output.item(diskItem(row, bus), place++);
  });
  const whole = await Promise.race([all.then(() => true), interrupt.first.then(() => false)]);
  open = false;
  const exitCode = whole ? 0 : outcomeRow('Failed').exitCode;
  output.end(exitCode);
  if (!whole) stderr.line('Interrupted: the list is not whole.');
  return exitCode;
}
