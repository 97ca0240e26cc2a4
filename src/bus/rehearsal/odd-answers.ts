// Wrong answers as some devices give them: the faults `prInAnswers` and `passThroughAnswers`.

import { REPORT_CAPABILITIES } from '../../scsi/persistent-reservations.ts';

export type OddAnswer =
  | 'empty' | 'short' | 'headerOnly' | 'long' | 'lengthTooLarge' | 'lengthOdd' | 'garbage';

interface OddRow {
  readonly name: OddAnswer;
  readonly description: string;
  readonly change: (data: Uint8Array, about: OddRequest) => Uint8Array;
}

interface OddRequest {
  /** Allocation length. */
  readonly room: number;
  /** Whether the answer is that of REPORT CAPABILITIES, which has a header of its own. */
  readonly capabilities: boolean;
  /** Any number; the same seed gives the same noise. */
  readonly seed: number;
}

const headerLength = 8;

/** ADDITIONAL LENGTH, 32 bits @4; of REPORT CAPABILITIES LENGTH, 16 bits @0. */
function withLength(
  data: Uint8Array, { capabilities }: OddRequest, change: (length: number) => number,
): Uint8Array {
  const bytes = new Uint8Array(Math.max(data.length, headerLength));
  bytes.set(data);
  const view = new DataView(bytes.buffer);
  if (capabilities) view.setUint16(0, change(view.getUint16(0)));
  else view.setUint32(4, change(view.getUint32(4)));
  return bytes;
}

/** xorshift32: the same for the same seed. */
function noise(length: number, seed: number): Uint8Array {
  let state = (seed ^ 0x9e3779b9) | 1;
  return Uint8Array.from({ length }, () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state & 0xff;
  });
}

export const oddRows: readonly OddRow[] = [
  { name: 'empty', description: 'No bytes at all.', change: () => new Uint8Array(0) },
  { name: 'short', description: 'Half of the bytes; the length says all of them.',
    change: (data) => data.slice(0, data.length >>> 1) },
  { name: 'headerOnly', description: 'The header; what its length tells of is missing.',
    change: (data) => data.slice(0, headerLength) },
  { name: 'long', description: 'All of the bytes, then FFh to the end of the buffer.',
    change: (data, { room }) => {
      const bytes = new Uint8Array(Math.max(room, data.length)).fill(0xff);
      bytes.set(data);
      return bytes;
    } },
  { name: 'lengthTooLarge', description: 'A length far past the end of the bytes.',
    change: (data, request) => withLength(data, request, () => (request.capabilities ? 0xfff8 : 0xfffffff8)) },
  { name: 'lengthOdd', description: 'A length that ends inside an item, or before the whole of it.',
    change: (data, request) => withLength(data, request, (length) => (request.capabilities ? 5 : length + 5)) },
  { name: 'garbage', description: 'As many bytes as are asked for, all of them noise.',
    change: (_data, { room, seed }) => noise(room, seed) },
];

/** Changes an answer to PERSISTENT RESERVE IN with this CDB; never longer than its allocation length. */
export function oddAnswer(name: OddAnswer, data: Uint8Array, cdb: Uint8Array, seed: number): Uint8Array {
  const room = ((cdb[7] ?? 0) << 8) | (cdb[8] ?? 0);
  const capabilities = ((cdb[1] ?? 0) & 0x1f) === REPORT_CAPABILITIES;
  const row = oddRows.find((each) => each.name === name) as OddRow;
  return row.change(data, { room, capabilities, seed }).subarray(0, room);
}

export type OddPassThrough = 'empty' | 'short' | 'wrongOffsets' | 'wrongLengths' | 'garbage';

interface OddPassThroughRow {
  readonly name: OddPassThrough;
  readonly description: string;
  readonly change: (output: Uint8Array, seed: number) => Uint8Array;
}

/** Members of SCSI_PASS_THROUGH that these change. */
const patched = (output: Uint8Array, ...values: readonly (readonly [offset: number, value: number])[]) => {
  const bytes = output.slice();
  const view = new DataView(bytes.buffer);
  for (const [offset, value] of values) view.setUint32(offset, value, true);
  return bytes;
};

export const oddPassThroughRows: readonly OddPassThroughRow[] = [
  { name: 'empty', description: 'Nothing in the output buffer.', change: () => new Uint8Array(0) },
  { name: 'short', description: 'The structure cut off in the middle.', change: (output) => output.slice(0, 28) },
  { name: 'wrongOffsets', description: 'Offsets that lead back into the structure.',
    change: (output) => patched(output, [24, 4], [32, 4]) },
  { name: 'wrongLengths', description: 'More data than the buffer holds.',
    change: (output) => patched(output, [12, 0xffffffff]) },
  { name: 'garbage', description: 'The whole buffer is noise.',
    change: (output, seed) => noise(output.length, seed) },
];

/** Changes the output buffer of a completed pass-through request. */
export function oddPassThrough(name: OddPassThrough, output: Uint8Array, seed: number): Uint8Array {
  return (oddPassThroughRows.find((each) => each.name === name) as OddPassThroughRow).change(output, seed);
}
