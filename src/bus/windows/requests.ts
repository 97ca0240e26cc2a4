// Keeps track of each request between the call and its completion packet. Makes no native calls.
//
// Two events can end a request, in either order: the call returns something else than STATUS_PENDING, or the packet
// arrives. The first of the two gives the answer. The memory of the request is kept until nothing can write to it or
// name it any more: until the request has ended, the call has returned, and no CancelIoEx is under way. A packet has
// a token, not an address: a packet for a request that has ended already is only counted.

import type { Completion } from '../bus.ts';
import { NT_ERROR, STATUS_PENDING } from './ntdll.ts';
import type { Slab } from './slabs.ts';

const NOTHING = new Uint8Array(0);

export interface Request {
  /** The token in the packet. Never used twice, so that no packet can be taken for that of another request. */
  readonly token: number;
  readonly slab: Slab;
  readonly outputAt: number;
  readonly outputLength: number;
  readonly answer: (completion: Completion) => void;
  readonly fail: (reason: Error) => void;
  /** Whether the caller has its answer or failure. */
  told: boolean;
  /** Whether the driver has completed the request. */
  ended: boolean;
  returned: boolean;
  /** The status in the packet; null until the packet arrives. */
  packet: number | null;
  cancelWanted: boolean;
  /** Number of CancelIoEx calls under way that name its memory. */
  cancels: number;
}

export class Requests {
  readonly #byToken = new Map<number, Request>();
  readonly #giveBack: (slab: Slab) => void;
  #lastToken = 0;
  /** Number of packets for no known request, or for one that has had its packet already. */
  strays = 0;

  constructor(giveBack: (slab: Slab) => void) {
    this.#giveBack = giveBack;
  }

  /** Number of requests whose memory is still in use. */
  get size(): number {
    return this.#byToken.size;
  }

  begin(
    slab: Slab, outputAt: number, outputLength: number, answer: Request['answer'], fail: Request['fail'],
  ): Request {
    const request: Request = {
      token: ++this.#lastToken, slab, outputAt, outputLength, answer, fail, told: false, ended: false,
      returned: false, packet: null, cancelWanted: false, cancels: 0,
    };
    this.#byToken.set(request.token, request);
    return request;
  }

  /** The call has returned. Any status but STATUS_PENDING ends the request, with or without a packet. */
  returned(request: Request, status: number): void {
    request.returned = true;
    if (status !== STATUS_PENDING) this.#answer(request, status);
    else if (request.packet !== null) this.#answer(request, request.packet);
    this.settle(request);
  }

  /** The call could not be made: nothing was sent. */
  refused(request: Request, reason: Error): void {
    request.returned = request.ended = request.told = true;
    request.fail(reason);
    this.settle(request);
  }

  /** A completion packet has arrived. */
  packet(token: number, status: number): void {
    const request = this.#byToken.get(token);
    if (!request || request.packet !== null) {
      this.strays++;
      return;
    }
    request.packet = status;
    // IO_STATUS_BLOCK is written before the packet is queued. If it is not written yet, the return of the call answers.
    if (request.returned || blockStatus(request.slab) !== STATUS_PENDING) this.#answer(request, status);
    this.settle(request);
  }

  /** The port has failed, so that no packet will arrive any more. The memory of pending requests is never freed. */
  failAll(reason: Error): void {
    for (const request of this.#byToken.values()) {
      if (!request.told) request.fail(reason);
      request.told = true;
    }
  }

  /** Gives the memory back if nothing can use it any more. */
  settle(request: Request): void {
    if (!request.returned || !request.ended || request.cancels > 0) return;
    if (this.#byToken.delete(request.token)) this.#giveBack(request.slab);
  }

  #answer(request: Request, status: number): void {
    request.ended = true;
    if (request.told) return;
    request.told = true;
    request.answer(completion(request, status));
  }
}

function blockStatus(slab: Slab): number {
  return slab.view.getUint32(0, true);
}

function completion({ slab, outputAt, outputLength }: Request, status: number): Completion {
  // A request that fails at once does not write IO_STATUS_BLOCK.
  const information = blockStatus(slab) === STATUS_PENDING ? 0n : slab.view.getBigUint64(8, true);
  const length = NT_ERROR(status) ? 0 : information < outputLength ? Number(information) : outputLength;
  return { status, information, output: length ? slab.bytes.slice(outputAt, outputAt + length) : NOTHING };
}
