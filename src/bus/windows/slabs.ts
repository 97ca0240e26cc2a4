// Memory that a driver may write to. It is not garbage-collected and keeps its address; the same few slabs are used
// again and again, so that ten thousand releases allocate nothing.

import type { Koffi } from './koffi.ts';
import { IO_STATUS_BLOCK_SIZE, STATUS_PENDING } from './ntdll.ts';

/** One request's memory: IO_STATUS_BLOCK, then input, then output. */
export interface Slab {
  readonly address: bigint;
  readonly bytes: Uint8Array;
  readonly view: DataView;
}

const SMALLEST = 512;
const LARGEST = 1024 * 1024;

export class SlabPool {
  readonly #koffi: Pick<Koffi, 'alloc' | 'free' | 'view'>;
  /** Free slabs by size, the sizes being powers of two. */
  readonly #free = new Map<number, Slab[]>();
  #closed = false;
  /** Number of slabs that exist, free or in use. */
  count = 0;

  constructor(koffi: Pick<Koffi, 'alloc' | 'free' | 'view'>) {
    this.#koffi = koffi;
  }

  /** Number of slabs that somebody has taken and not given back. */
  get taken(): number {
    let free = 0;
    for (const slabs of this.#free.values()) free += slabs.length;
    return this.count - free;
  }

  /** @throws RangeError for buffers that are larger than any storage request needs */
  take(payload: number): Slab {
    const size = slabSize(payload);
    const slab = this.#free.get(size)?.pop() ?? this.#make(size);
    // As Win32 does with OVERLAPPED: the status is "pending" until the driver has written the block.
    slab.view.setBigUint64(0, BigInt(STATUS_PENDING), true);
    slab.view.setBigUint64(8, 0n, true);
    return slab;
  }

  give(slab: Slab): void {
    if (this.#closed) {
      this.#release(slab);
      return;
    }
    const size = slab.bytes.length;
    const free = this.#free.get(size);
    if (free) free.push(slab);
    else this.#free.set(size, [slab]);
  }

  /** Frees the slabs that are not in use; others are freed when they are given back, or with the process. */
  close(): void {
    this.#closed = true;
    for (const slabs of this.#free.values()) for (const slab of slabs) this.#release(slab);
    this.#free.clear();
  }

  #make(size: number): Slab {
    const address = this.#koffi.alloc('uint8_t', size) as bigint;
    this.count++;
    const memory = this.#koffi.view(address, size);
    return { address, bytes: new Uint8Array(memory), view: new DataView(memory) };
  }

  #release(slab: Slab): void {
    this.count--;
    this.#koffi.free(slab.address);
  }
}

export function slabSize(payload: number): number {
  const needed = IO_STATUS_BLOCK_SIZE + payload;
  if (!(needed <= LARGEST)) throw new RangeError(`A request of ${payload} bytes is larger than ${LARGEST}.`);
  return needed <= SMALLEST ? SMALLEST : 2 ** (32 - Math.clz32(needed - 1));
}
