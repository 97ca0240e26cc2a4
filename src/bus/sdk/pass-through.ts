// SCSI_PASS_THROUGH (ntddscsi.h) of 64-bit Windows, x64 and ARM64: sends one command unchanged, without the class
// driver's retries and its translation of SCSI status to NTSTATUS.
// https://learn.microsoft.com/windows-hardware/drivers/ddi/ntddscsi/ns-ntddscsi-_scsi_pass_through
//
// One buffer contains the structure, then sense data, then the data; offsets in the structure name their places.

import { LayoutError, decodeFields, encodeFields, layout } from './fields.ts';

/** DataBufferOffset is a ULONG_PTR, here in two halves; the upper is 0 in every buffer there can be. */
export const SCSI_PASS_THROUGH = layout('SCSI_PASS_THROUGH', 56, 56, [
  ['Length', 0, 2],
  ['ScsiStatus', 2, 1],
  ['PathId', 3, 1],
  ['TargetId', 4, 1],
  ['Lun', 5, 1],
  ['CdbLength', 6, 1],
  ['SenseInfoLength', 7, 1],
  ['DataIn', 8, 1],
  ['DataTransferLength', 12, 4],
  ['TimeOutValue', 16, 4],
  ['DataBufferOffset', 24, 4],
  ['DataBufferOffsetHigh', 28, 4],
  ['SenseInfoOffset', 32, 4],
]);

/** Cdb[16]: offset and size. */
const cdbOffset = 36;
const cdbRoom = 16;

/** Room for sense data in the requests of this file: more than the 18 bytes of the fixed format. */
export const senseLength = 32;
const senseOffset = SCSI_PASS_THROUGH.size;
/** A multiple of 8, which is enough for adapters that need up to that alignment. */
const dataOffset = senseOffset + senseLength;

/** SCSI_IOCTL_DATA_... of ntddscsi.h: the values of `DataIn`. */
export const SCSI_IOCTL_DATA_OUT = 0;
export const SCSI_IOCTL_DATA_IN = 1;

/** A command that reads: the input buffer, and how long the output buffer must be. */
export interface PassThroughRequest {
  readonly input: Uint8Array;
  readonly outputLength: number;
}

/** A request as a port driver reads it. */
export interface PassThroughCommand {
  readonly cdb: Uint8Array;
  /** SCSI_IOCTL_DATA_... */
  readonly direction: number;
  /** Number of bytes that the sender has, or has room for. */
  readonly dataLength: number;
  readonly dataOffset: number;
  readonly senseLength: number;
  readonly senseOffset: number;
  /** Seconds. */
  readonly timeout: number;
}

export interface PassThroughAnswer {
  /** SCSI status, for example 18h RESERVATION CONFLICT. The request itself succeeds with any status. */
  readonly scsiStatus: number;
  /** The sense data in the buffer; none with status GOOD. */
  readonly sense: Uint8Array;
  /** The data in the buffer. */
  readonly data: Uint8Array;
  /** Whether DataTransferLength is more than the buffer has. */
  readonly truncated: boolean;
}

/**
 * A command that reads up to `dataLength` bytes, with room for 32 bytes of sense data. `timeout` in seconds.
 * Throws LayoutError for a command of no or more than 16 bytes.
 */
export function encodePassThrough(cdb: Uint8Array, dataLength: number, timeout: number): PassThroughRequest {
  const table = SCSI_PASS_THROUGH;
  if (cdb.length < 1 || cdb.length > cdbRoom) {
    throw new LayoutError(`${table.name}.Cdb at offset ${cdbOffset} takes 1 to ${cdbRoom} bytes, `
      + `not ${cdb.length}`);
  }
  const input = encodeFields(table, {
    Length: table.size, CdbLength: cdb.length, SenseInfoLength: senseLength, DataIn: SCSI_IOCTL_DATA_IN,
    DataTransferLength: dataLength, TimeOutValue: timeout, DataBufferOffset: dataOffset,
    SenseInfoOffset: senseOffset,
  });
  input.set(cdb, cdbOffset);
  return { input, outputLength: dataOffset + dataLength };
}

/** Reads a request as a port driver does. Throws LayoutError for one that is cut off or contradicts itself. */
export function decodePassThroughCommand(bytes: Uint8Array): PassThroughCommand {
  const fields = passThrough(bytes);
  if (fields.CdbLength < 1 || fields.CdbLength > cdbRoom) {
    throw new LayoutError(`SCSI_PASS_THROUGH.CdbLength at offset 6 is ${fields.CdbLength}; `
      + `Cdb takes 1 to ${cdbRoom}`);
  }
  return {
    cdb: bytes.slice(cdbOffset, cdbOffset + fields.CdbLength),
    direction: fields.DataIn,
    dataLength: fields.DataTransferLength,
    dataOffset: fields.DataBufferOffset,
    senseLength: fields.SenseInfoLength,
    senseOffset: fields.SenseInfoOffset,
    timeout: fields.TimeOutValue,
  };
}

/**
 * The output buffer of a request as a port driver leaves it: the request's structure with status and lengths
 * filled in, then sense data and data, cut to what the request has room for. `room` is the length of the output
 * buffer.
 * Throws LayoutError for a request whose parts lie outside of it.
 */
export function encodePassThroughAnswer(
  request: Uint8Array, room: number, answer: Omit<PassThroughAnswer, 'truncated'>,
): Uint8Array {
  const table = SCSI_PASS_THROUGH;
  const command = decodePassThroughCommand(request);
  const wanted = command.direction === SCSI_IOCTL_DATA_IN ? command.dataLength : 0;
  const needed = Math.max(
    table.size, end(command.senseOffset, command.senseLength), end(command.dataOffset, wanted));
  if (needed > room) {
    throw new LayoutError(`${table.name}: ${needed} bytes are asked for; there is room for ${room}`);
  }
  const sense = answer.sense.subarray(0, command.senseLength);
  const data = answer.data.subarray(0, wanted);
  const bytes = new Uint8Array(Math.max(
    table.size, end(command.senseOffset, sense.length), end(command.dataOffset, data.length)));
  bytes.set(request.subarray(0, table.size));
  const view = new DataView(bytes.buffer);
  view.setUint8(2, answer.scsiStatus);
  view.setUint8(7, sense.length);
  view.setUint32(12, data.length, true);
  if (sense.length > 0) bytes.set(sense, command.senseOffset);
  if (data.length > 0) bytes.set(data, command.dataOffset);
  return bytes;
}

const end = (offset: number, length: number) => (length === 0 ? 0 : offset + length);

/**
 * Reads the output buffer of a request. Never reads beyond the buffer, whatever the length fields have. Throws LayoutError
 * where the structure is incomplete or invalid, or an offset leads into it.
 */
export function decodePassThroughAnswer(bytes: Uint8Array): PassThroughAnswer {
  const fields = passThrough(bytes);
  const sense = fields.SenseInfoLength === 0 ? new Uint8Array(0)
    : bytes.slice(fields.SenseInfoOffset, fields.SenseInfoOffset + fields.SenseInfoLength);
  const data = fields.DataTransferLength === 0 ? new Uint8Array(0)
    : bytes.slice(fields.DataBufferOffset, fields.DataBufferOffset + fields.DataTransferLength);
  return {
    scsiStatus: fields.ScsiStatus,
    // Status GOOD has no sense data: the bytes in its place are left over from before.
    sense: fields.ScsiStatus === 0 ? new Uint8Array(0) : sense,
    data,
    truncated: data.length < fields.DataTransferLength,
  };
}

function passThrough(bytes: Uint8Array) {
  const table = SCSI_PASS_THROUGH;
  const fields = decodeFields(table, bytes);
  if (fields.Length !== table.size) {
    throw new LayoutError(`${table.name}.Length at offset 0 is ${fields.Length}, not ${table.size}`);
  }
  if (fields.DataBufferOffsetHigh !== 0) {
    throw new LayoutError(`${table.name}.DataBufferOffset at offset 24 is past 4 GiB`);
  }
  const parts = [
    ['DataBufferOffset', fields.DataBufferOffset, fields.DataTransferLength],
    ['SenseInfoOffset', fields.SenseInfoOffset, fields.SenseInfoLength],
  ] as const;
  for (const [name, offset, length] of parts) {
    if (length > 0 && offset < table.size) {
      throw new LayoutError(`${table.name}.${name} is ${offset}; the structure takes ${table.size} bytes`);
    }
  }
  return fields;
}
