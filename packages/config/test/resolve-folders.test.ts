import { homedir } from 'node:os';
import { expect, it } from 'vitest';
import { resolveFolders } from '../src/index.js';

const home = { HOME: '/home/me' };

it('follows the XDG base directories on Linux', () => {
  expect(resolveFolders({ env: home, platform: 'linux' })).toEqual({
    config: '/home/me/.config/tale',
    data: '/home/me/.local/share/tale',
    state: '/home/me/.local/state/tale',
    cache: '/home/me/.cache/tale',
    system: '/etc/tale',
  });
  const env = { ...home, XDG_CONFIG_HOME: '/c', XDG_DATA_HOME: '/d', XDG_STATE_HOME: '/s', XDG_CACHE_HOME: '/k' };
  expect(resolveFolders({ env, platform: 'linux' })).toMatchObject({
    config: '/c/tale',
    data: '/d/tale',
    state: '/s/tale',
    cache: '/k/tale',
  });
});

it('ignores a relative or empty XDG folder, as the specification asks', () => {
  const env = { ...home, XDG_CONFIG_HOME: 'relative', XDG_DATA_HOME: '' };
  expect(resolveFolders({ env, platform: 'linux' })).toMatchObject({
    config: '/home/me/.config/tale',
    data: '/home/me/.local/share/tale',
  });
});

it('follows the conventions of macOS and of Windows', () => {
  expect(resolveFolders({ env: { HOME: '/Users/me' }, platform: 'darwin' })).toEqual({
    config: '/Users/me/Library/Application Support/tale/config',
    data: '/Users/me/Library/Application Support/tale/data',
    state: '/Users/me/Library/Application Support/tale/state',
    cache: '/Users/me/Library/Caches/tale',
    system: '/Library/Application Support/tale',
  });
  expect(resolveFolders({ env: { USERPROFILE: 'C:\\Users\\me' }, platform: 'win32' })).toEqual({
    config: 'C:\\Users\\me\\AppData\\Roaming\\tale\\config',
    data: 'C:\\Users\\me\\AppData\\Local\\tale\\data',
    state: 'C:\\Users\\me\\AppData\\Local\\tale\\state',
    cache: 'C:\\Users\\me\\AppData\\Local\\tale\\cache',
    system: 'C:\\ProgramData\\tale',
  });
});

// CONFIG-5
it('puts everything under the home variable of the program, and then reads nothing machine-wide', () => {
  const env = { ...home, TALE_HOME: '/t', XDG_CONFIG_HOME: '/c' };
  const together = { config: '/t/config', data: '/t/data', state: '/t/state', cache: '/t/cache' };
  expect(resolveFolders({ env, platform: 'linux' })).toEqual(together);
  expect(resolveFolders({ env: { OTHER_HOME: '/t' }, name: 'other', platform: 'darwin' })).toEqual(together);
});

it('takes the real surroundings by default', () => {
  const { config } = resolveFolders();
  expect(config).toContain('tale');
  expect(resolveFolders({ env: {}, platform: 'linux' }).config).toBe(`${homedir()}/.config/tale`);
});
