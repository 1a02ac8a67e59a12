import { describe, expect, it } from 'vitest';
import { ModelFiles } from '../../src/residency/model-files.js';

describe('ModelFiles', () => {
  it('says once that a model is missing, and again after it was there', () => {
    const files = new ModelFiles();
    expect(files.isInstalled).toBeNull();
    const told = [false, false, true, false].map((isThere) => files.install(isThere, isThere ? 'a' : null).isMissing);
    expect(told).toEqual([true, false, false, true]);
  });

  it('says which files were there before, also if they were away in between', () => {
    const files = new ModelFiles();
    expect(files.install(true, 'a').oldDigest).toBeNull();
    expect(files.install(true, 'a').oldDigest).toBeNull();
    expect(files.install(false, null).oldDigest).toBeNull();
    expect(files.install(true, 'b').oldDigest).toBe('a');
  });

  it('the digest is that of the files that answer, else of those that would', () => {
    const files = new ModelFiles();
    expect(files.digest).toBeNull();
    files.install(true, 'new');
    expect(files.digest).toBe('new');
    files.load('old');
    expect([files.digest, files.staleDigest]).toEqual(['old', 'old']);
    files.load(null);
    expect([files.digest, files.staleDigest]).toEqual(['new', null]);
  });

  it('old files in memory are a reason for one reload, no more', () => {
    const files = new ModelFiles();
    files.install(true, 'new');
    files.load('new');
    expect(files.takeReload()).toBe(false);
    files.load('named otherwise');
    expect([files.takeReload(), files.takeReload()]).toEqual([true, false]);
    files.install(true, 'newer');
    expect(files.takeReload()).toBe(true);
  });
});
