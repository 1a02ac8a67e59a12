import { describe, expect, it } from 'vitest';
import { startServers } from '../../src/commands/servers-start.js';
import { createHome } from '../support/home.js';
import { bundle } from '../support/run-bundle.js';
import { createTestContext } from '../support/streams.js';

async function run(mode: string, options = {}, onReady: () => void = () => {}) {
  await using home = await createHome();
  const env = {
    ...process.env,
    ...home.env,
    TALE_SERVERS_ENTRY: `${bundle}/fake/fake-supervisor.js`,
    FAKE_SUPERVISOR: mode,
  };
  const { context, out, err } = createTestContext(home, { ...options, env });
  const printed = context.printer.note;
  context.printer.note = (...parts) => {
    printed(...parts);
    if (String(parts[0]).includes('Ctrl+C')) onReady();
  };
  const failed = await startServers(context, { foreground: true }).then(
    () => null,
    (error: unknown) => error,
  );
  return { failed, out: out(), err: err() };
}

describe('tale servers start --foreground', () => {
  it('stays until it is told to stop', async () => {
    const { failed, out, err } = await run('ready', { json: true }, () => process.emit('SIGTERM', 'SIGTERM'));
    expect(failed).toBeNull();
    expect(err).toContain('  gateway ready\n');
    expect(JSON.parse(out)).toMatchObject({ schema: 'tale.servers/1', running: false });
  });

  it.each([
    ['port-taken', { exitCode: 5, envelope: { code: 'port-taken' } }],
    ['bad-config', { exitCode: 3, envelope: { code: 'config' } }],
    ['crash', { exitCode: 5, envelope: { code: 'start-failed' } }],
    ['locked', { exitCode: 5, envelope: { code: 'locked' } }],
  ])('tells why it ended: %s', async (mode, failure) => {
    expect((await run(mode)).failed).toMatchObject(failure);
  });
});
