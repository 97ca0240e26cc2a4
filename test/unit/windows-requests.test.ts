import { describe, expect, test } from 'vitest';
import type { Completion } from '../../src/bus/bus.ts';
import { Requests } from '../../src/bus/windows/requests.ts';
import type { Slab } from '../../src/bus/windows/slabs.ts';

const SUCCESS = 0;
const PENDING = 0x103;
const DEVICE_BUSY = 0x80000011;
const BUFFER_OVERFLOW = 0x80000005;
const INVALID_DEVICE_REQUEST = 0xc0000010;

function slab(): Slab {
  const bytes = new Uint8Array(64);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(0, BigInt(PENDING), true);
  return { address: 0x1000n, bytes, view };
}

/** One request of 8 bytes of output, and what became of it. */
function begun(requests = new Requests(memory => given.push(memory))) {
  const memory = slab();
  const answers: Completion[] = [];
  const failures: Error[] = [];
  const request = requests.begin(memory, 16, 8, answer => answers.push(answer), reason => failures.push(reason));
  const driver = (status: number, information: bigint, output = '') => {
    memory.view.setUint32(0, status, true);
    memory.view.setBigUint64(8, information, true);
    memory.bytes.set(Buffer.from(output), 16);
  };
  return { requests, request, memory, answers, failures, driver };
}
let given: Slab[] = [];
const fresh = (...rest: Parameters<typeof begun>) => {
  given = [];
  return begun(...rest);
};
const output = (answer: Completion | undefined) => Buffer.from(answer?.output ?? []).toString();

describe('a request', () => {
  test('that fails at once is answered with the status of the call, and has no packet', () => {
    const { requests, request, memory, answers } = fresh();
    requests.returned(request, INVALID_DEVICE_REQUEST);
    expect(answers).toEqual([{ status: INVALID_DEVICE_REQUEST, information: 0n, output: new Uint8Array(0) }]);
    expect(given).toEqual([memory]);
    expect(requests.size).toBe(0);
  });

  test.each([SUCCESS, DEVICE_BUSY])('that ends at once with %i is answered and gives its memory back', status => {
    const { requests, request, memory, answers, driver } = fresh();
    driver(status, 4n, 'abcd');
    requests.returned(request, status);
    expect(answers.map(answer => answer.status)).toEqual([status]);
    expect(given).toEqual([memory]);
    expect(requests.size).toBe(0);
  });

  test('that ended at once and has a packet all the same gives nothing back twice', () => {
    const { requests, request, memory, answers, driver } = fresh();
    driver(DEVICE_BUSY, 0n);
    requests.returned(request, DEVICE_BUSY);
    requests.packet(request.token, DEVICE_BUSY);
    expect(answers).toHaveLength(1);
    expect(given).toEqual([memory]);
    expect(requests.strays).toBe(1);
  });

  test('that pends is answered by its packet, however late', () => {
    const { requests, request, memory, answers, driver } = fresh();
    requests.returned(request, PENDING);
    expect(answers).toEqual([]);
    expect(given).toEqual([]);
    driver(SUCCESS, 4n, 'abcdefgh');
    requests.packet(request.token, SUCCESS);
    expect(output(answers[0])).toBe('abcd');
    expect(given).toEqual([memory]);
  });

  test('is answered by its packet while the call still blocks, and keeps its memory until that returns', () => {
    const { requests, request, memory, answers, driver } = fresh();
    driver(SUCCESS, 2n, 'ab');
    requests.packet(request.token, SUCCESS);
    expect(output(answers[0])).toBe('ab');
    expect(given).toEqual([]);
    requests.returned(request, PENDING);
    expect(answers).toHaveLength(1);
    expect(given).toEqual([memory]);
  });

  test('whose packet overtakes its status block waits for the call', () => {
    const { requests, request, answers, driver } = fresh();
    requests.packet(request.token, SUCCESS);
    expect(answers).toEqual([]);
    driver(SUCCESS, 3n, 'abc');
    requests.returned(request, SUCCESS);
    expect(output(answers[0])).toBe('abc');
  });

  test('keeps its memory while CancelIoEx names it', () => {
    const { requests, request, memory, driver } = fresh();
    requests.returned(request, PENDING);
    request.cancels++;
    driver(0xc0000120, 0n);
    requests.packet(request.token, 0xc0000120);
    expect(given).toEqual([]);
    request.cancels--;
    requests.settle(request);
    requests.settle(request);
    expect(given).toEqual([memory]);
  });

  test('that could not be sent fails and gives its memory back', () => {
    const { requests, request, memory, failures, answers } = fresh();
    requests.refused(request, new Error('no'));
    expect([failures.length, answers.length]).toEqual([1, 0]);
    expect(given).toEqual([memory]);
  });
});

describe('output', () => {
  test.each([
    ['is what the driver says it wrote', SUCCESS, 3n, 'abc'],
    ['is never more than was asked for', SUCCESS, 2n ** 40n, 'abcdefgh'],
    ['comes with a warning too', BUFFER_OVERFLOW, 8n, 'abcdefgh'],
    ['does not come with an error', INVALID_DEVICE_REQUEST, 8n, ''],
  ])('%s', (_, status, information, expected) => {
    const { requests, request, answers, driver } = fresh();
    requests.returned(request, PENDING);
    driver(status, information, 'abcdefgh');
    requests.packet(request.token, status);
    expect(output(answers[0])).toBe(expected);
    expect(answers[0]?.information).toBe(information);
  });

  test('is a copy: the memory is used again', () => {
    const { requests, request, answers, driver, memory } = fresh();
    driver(SUCCESS, 8n, 'abcdefgh');
    requests.returned(request, SUCCESS);
    memory.bytes.fill(0);
    expect(output(answers[0])).toBe('abcdefgh');
  });
});

test('no packet is taken for another request, also not a second one of the same', () => {
  const { requests, request } = fresh();
  requests.packet(request.token + 1, SUCCESS);
  requests.packet(0, SUCCESS);
  requests.returned(request, PENDING);
  requests.packet(request.token, SUCCESS);
  requests.packet(request.token, SUCCESS);
  expect(requests.strays).toBe(3);
});

test('tokens are never used again', () => {
  const requests = new Requests(() => {});
  const tokens = new Set<number>();
  for (let i = 0; i < 1000; i++) {
    const { request } = begun(requests);
    tokens.add(request.token);
    requests.returned(request, INVALID_DEVICE_REQUEST);
  }
  expect(tokens.size).toBe(1000);
  expect(tokens.has(0)).toBe(false);
  expect(requests.size).toBe(0);
});

test('when no packet can come any more, what pends fails and its memory is left alone', () => {
  const { requests, request, failures } = fresh();
  requests.returned(request, PENDING);
  request.cancels++;
  requests.failAll(new Error('port'));
  requests.failAll(new Error('port'));
  request.cancels--;
  requests.settle(request);
  expect(failures).toHaveLength(1);
  expect(given).toEqual([]);
});

test('when no packet can come any more, a call that has not returned still gives its memory back', () => {
  const { requests, request, memory, failures, answers } = fresh();
  requests.failAll(new Error('port'));
  requests.returned(request, INVALID_DEVICE_REQUEST);
  expect([failures.length, answers.length]).toEqual([1, 0]);
  expect(given).toEqual([memory]);
});
