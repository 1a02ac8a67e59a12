import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type FaultCase, fakeFaultKinds, faultCases, faultCaseTimers } from '../../src/testing/index.js';
import { onLlamaServer, onOllama, type PortKind, remotely } from '../setup/call-ports.js';

const quiet = vi.fn();
beforeAll(() => {
  for (const method of ['log', 'warn', 'error'] as const) vi.spyOn(console, method).mockImplementation(quiet);
});
afterAll(() => {
  expect(quiet).not.toHaveBeenCalled();
  vi.restoreAllMocks();
});

async function play(port: PortKind, oneCase: FaultCase): Promise<void> {
  const residency = { busyMs: 100, idleMs: 100 };
  await using opened = await port.open({ timers: faultCaseTimers(oneCase.kind), residency, random: () => 0 });
  await opened.owner.start();
  const held = () => opened.owner.status().lanes.reduce((sum, lane) => sum + lane.waiting + lane.running, 0);
  await oneCase.run({ ...opened, held });
}

/** Their memory is measured, so nothing else may go on meanwhile. */
const bombs = ['huge-line', 'gzip', 'endless'];

it('every fault of the fake is played once and always, streamed and collected, to the end and aborted', () => {
  for (const kind of fakeFaultKinds)
    expect(
      faultCases.filter((oneCase) => oneCase.kind === kind),
      kind,
    ).toHaveLength(6);
});

for (const port of [onOllama, onLlamaServer, remotely]) {
  describe(`MODEL-POOL-2: ${port.name} makes a typed failure or the whole answer of`, { concurrent: true }, () => {
    for (const oneCase of faultCases.filter(({ kind }) => !bombs.includes(kind)))
      it(oneCase.name, () => play(port, oneCase));
  });
}

for (const port of [onOllama, onLlamaServer, remotely]) {
  describe(`${port.name} does not fill the memory with`, () => {
    for (const oneCase of faultCases.filter(({ kind }) => bombs.includes(kind)))
      it(oneCase.name, () => play(port, oneCase));
  });
}
