// What becomes of a request between the call and its completion packet; no native call is made here.
//
// Two things can end a request, in either order: the call returns something else than STATUS_PENDING, or the
// packet comes. The first of them answers it. Its memory stays until nothing can write to it or name it any more:
// until it has ended, the call has returned, and no CancelIoEx is on its way. A packet names no memory, only a
// token: one that comes for a request that has ended is counted, and that is all.

import type { Completion } from '../bus.ts';
import { NT_ERROR, STATUS_PENDING } from './ntdll.ts';
import type { Slab } from './slabs.ts';

const NOTHING = new Uint8Array(0);

export interface Request {
  /** What the packet carries: never used twice, so that no packet can be taken for another request's. */
  readonly token: number;
  readonly slab: Slab;
  readonly outputAt: number;
  readonly outputLength: number;
  readonly answer: (completion: Completion) => void;
  readonly fail: (reason: Error) => void;
  /** Answered or failed: nobody waits for it any more. */
  told: boolean;
  /** The driver has nothing more to do with it. */
  ended: boolean;
  returned: boolean;
  /** The status that the packet carried; null until it comes. */
  packet: number | null;
  cancelWanted: boolean;
  /** CancelIoEx calls that name its memory now. */
  cancels: number;
}

export class Requests {
  readonly #byToken = new Map<number, Request>();
  readonly #giveBack: (slab: Slab) => void;
  #lastToken = 0;
  /** Packets that name no request, or one that has had its packet. */
  strays = 0;

  constructor(giveBack: (slab: Slab) => void) {
    this.#giveBack = giveBack;
  }

  /** Requests whose memory is still in use. */
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

  /** The call has returned. With anything but STATUS_PENDING the request has ended, packet or no packet. */
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

  /** A completion packet has come. */
  packet(token: number, status: number): void {
    const request = this.#byToken.get(token);
    if (!request || request.packet !== null) {
      this.strays++;
      return;
    }
    request.packet = status;
    // The block is written before the packet is queued. Where it is not yet, the call's return has the answer.
    if (request.returned || blockStatus(request.slab) !== STATUS_PENDING) this.#answer(request, status);
    this.settle(request);
  }

  /** No packet will ever come again; the memory of what is pending is left alone. */
  failAll(reason: Error): void {
    for (const request of this.#byToken.values()) {
      if (!request.told) request.fail(reason);
      request.told = true;
    }
  }

  /** Gives the memory back if it can be given back. */
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
  // A request that fails at once leaves the block as it was.
  const information = blockStatus(slab) === STATUS_PENDING ? 0n : slab.view.getBigUint64(8, true);
  const length = NT_ERROR(status) ? 0 : information < outputLength ? Number(information) : outputLength;
  return { status, information, output: length ? slab.bytes.slice(outputAt, outputAt + length) : NOTHING };
}
