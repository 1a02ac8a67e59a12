import { once } from 'node:events';
import { createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { createPortBook, portOfInstance, wantedPorts } from '../src/port-book.js';

const free =
  (...taken: number[]) =>
  async (port: number) =>
    !taken.includes(port);
const none = new Set<number>();

describe('a port', () => {
  it('is the wanted one if it is free', async () => {
    const book = createPortBook(none, free());
    expect(await book.take('a', { wanted: 8_080, fallback: true }, null)).toBe(8_080);
  });

  it('is the next free one that nobody wants, with fallback', async () => {
    const book = createPortBook(new Set([8_080, 8_081, 8_083]), free(8_080, 8_082));
    expect(await book.take('a', { wanted: 8_080, fallback: true }, null)).toBe(8_084);
  });

  it('is none without fallback, or when all above are taken', async () => {
    const book = createPortBook(none, free(8_080, 65_535));
    expect(await book.take('a', { wanted: 8_080, fallback: false }, null)).toBeNull();
    expect(await book.take('a', { wanted: 65_535, fallback: true }, null)).toBeNull();
  });

  it('is never given to two owners, also when they ask at the same time', async () => {
    const book = createPortBook(none, free());
    const asked = ['a', 'b', 'c', 'd'].map((owner) => book.take(owner, { wanted: 8_081, fallback: true }, null));
    expect((await Promise.all(asked)).sort()).toEqual([8_081, 8_082, 8_083, 8_084]);
  });

  it('stays with its owner until it is released', async () => {
    const book = createPortBook(none, free());
    await book.take('a', { wanted: 8_080, fallback: true }, null);
    const second = { wanted: 8_080, fallback: true };
    expect(await book.take('b', second, null)).toBe(8_081);
    expect(await book.take('b', second, null)).toBe(8_081);
    book.release('a');
    expect(await book.take('b', second, null)).toBe(8_081);
    book.release('b');
    expect(await book.take('b', second, null)).toBe(8_080);
  });

  it('is another one than the port to skip', async () => {
    const book = createPortBook(none, free());
    expect(await book.take('a', { wanted: 8_080, fallback: true }, null)).toBe(8_080);
    expect(await book.take('a', { wanted: 8_080, fallback: true }, 8_080)).toBe(8_081);
    expect(await book.take('b', { wanted: 8_090, fallback: false }, 8_090)).toBeNull();
  });

  it('is chosen by the system when 0 is wanted, and really free', async () => {
    const book = createPortBook(none);
    const port = await book.take('a', { wanted: 0, fallback: false }, null);
    const holder = createServer().listen(port ?? 0, '127.0.0.1');
    await once(holder, 'listening');
    expect(await book.take('b', { wanted: port ?? 0, fallback: false }, null)).toBeNull();
    book.release('a');
    expect(await book.take('b', { wanted: port ?? 0, fallback: false }, null)).toBeNull();
    holder.close();
    await once(holder, 'close');
    expect(await book.take('b', { wanted: port ?? 0, fallback: false }, null)).toBe(port);
  });
});

describe('the ports of several instances', () => {
  const ports = { wanted: 8_081, more: 8_084, fallback: true };

  it('begin with the wanted one and go on from `more`', async () => {
    const book = createPortBook(new Set([...wantedPorts(ports, 3), 8_082]), free());
    const taken = [1, 2, 3].map((instance) => book.take(`${instance}`, portOfInstance(ports, instance), null));
    expect(await Promise.all(taken)).toEqual([8_081, 8_084, 8_085]);
  });

  it('without `more` are the next free ones that nobody wants', async () => {
    const { more: _, ...rest } = ports;
    const book = createPortBook(new Set([8_081, 8_082]), free());
    const taken = [1, 2, 3].map((instance) => book.take(`${instance}`, portOfInstance(rest, instance), null));
    expect(await Promise.all(taken)).toEqual([8_081, 8_083, 8_084]);
  });

  it('are all kept from the fallback of others', async () => {
    expect(wantedPorts(ports, 3)).toEqual([8_081, 8_084, 8_085]);
    expect([wantedPorts(null, 3), wantedPorts({ wanted: 0, fallback: true }, 2)]).toEqual([[], []]);
    const book = createPortBook(new Set(wantedPorts(ports, 3)), free(8_083));
    expect(await book.take('other', { wanted: 8_083, fallback: true }, null)).toBe(8_086);
  });
});
