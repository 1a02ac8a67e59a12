import { describe, expect, it } from 'vitest';
import { builtInCatalog, type ModelSource } from '../../src/index.js';
import { diskNeed } from '../../src/pull/disk-need.js';

const part = (bytes: number, packageBytes: number) => ({
  ...{ package: 'x@1.0.0', file: 'model.part', bytes, sha256: '', tarballBytes: packageBytes, integrity: '' },
});
const packed = (...parts: [bytes: number, packageBytes: number][]): ModelSource => ({
  kind: 'npm',
  parts: parts.map(([bytes, packageBytes]) => part(bytes, packageBytes)),
});

const wheels = (...parts: [bytes: number, wheelBytes: number][]): ModelSource => ({
  kind: 'pypi',
  parts: parts.map(([bytes, wheelBytes]) => ({ package: 'x==1', wheelSha256: '', wheelBytes, file: 'a.bin', bytes })),
});

describe('disk that a pull takes', () => {
  it.each<[string, ModelSource, number, number, number]>([
    ['the file itself', { kind: 'file', path: '/x' }, 100, 0, 100],
    ['what is missing of it', { kind: 'huggingface', repo: 'a/b', revision: '', file: '' }, 100, 30, 70],
    ['nothing where all is there', { kind: 'file', path: '/x' }, 100, 100, 0],
    ['two copies of a package while it comes', packed([100, 120]), 100, 0, 240],
    ['one copy beside the file while it is unpacked', packed([100, 50]), 100, 0, 150],
    ['the parts before, too', packed([100, 90], [100, 90]), 200, 0, 290],
    ['only what the parts that are missing need', packed([100, 90], [100, 10]), 200, 100, 110],
    ['a wheel, or the file that was in it', wheels([100, 95]), 100, 0, 100],
    ['a wheel beside the parts before', wheels([100, 120], [100, 120]), 200, 0, 220],
    ['a large wheel beside the file while it is unpacked', wheels([3e8, 2.5e8]), 3e8, 0, 5.5e8],
    ['a part that was cut off again', packed([100, 90], [100, 90]), 200, 150, 140],
  ])('is %s', (_, source, bytes, present, needed) => {
    expect(diskNeed(source, bytes, present)).toBe(needed);
  });

  it('is at most 1.6 times the file for every model of the catalogue', () => {
    for (const { name, bytes, sources } of builtInCatalog()) {
      for (const source of sources) {
        expect(diskNeed(source, bytes, 0) / bytes, `${name} from ${source.kind}`).toBeLessThanOrEqual(1.6);
      }
    }
  });
});
