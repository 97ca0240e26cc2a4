import type { InventoryRow } from '../../bus/bus.ts';
import type { DiskContext } from '../../disk/context.ts';
import { nameOfPath } from '../../disk/device-path.ts';
import { doubles } from '../../disk/doubles.ts';
import { diskItem } from '../../result/items.ts';
import { outcomeRow } from '../../status/outcomes.ts';
import { listDevices } from '../../verbs/list.ts';
import type { Invocation } from '../command-line.ts';
import { diskNames } from '../disk-names.ts';
import type { Channel, Interrupt } from '../io.ts';
import type { Output } from '../output/output.ts';

/** Every device of this host in the order of the bus, up to Ctrl+C. Resolves with the exit code. */
export async function list(
  { timeoutMs }: Invocation, context: DiskContext, output: Output, interrupt: Interrupt, stderr: Channel,
): Promise<number> {
  const { bus, clock } = context;
  let open = true;
  const rows: InventoryRow[] = [];
  const all = listDevices(bus, context.roles, clock, timeoutMs, null, (row) => {
    if (!open) return;
    output.item(diskItem(row, bus), rows.push(row) - 1);
  });
  const whole = await Promise.race([all.then(() => true), interrupt.first.then(() => false)]);
  open = false;
  const exitCode = whole ? 0 : outcomeRow('Failed').exitCode;
  output.names?.(diskNames(rows));
  output.end(exitCode);
  const disks = rows.filter(({ number }) => number !== null).map(({ path, uniqueId, serialNumber, reported }) =>
    ({ name: nameOfPath(path), vendorId: reported?.vendorId ?? null, uniqueId, serialNumber }));
  for (const remark of doubles(disks)) stderr.line(remark);
  if (!whole) stderr.line('Interrupted: the list is incomplete.');
  return exitCode;
}
