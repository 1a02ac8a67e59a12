import { settingsSchema } from '@tale/protocol';
import { expect, it } from 'vitest';
import { readServerContext } from '../../src/server/settings.js';

it('reads what the supervisor handed on, with defaults for the rest', () => {
  const { settings, dataFolder } = readServerContext({
    TALE_SETTINGS: JSON.stringify({ execution: { slots: 7 } }),
    TALE_DATA_FOLDER: '/d',
  });
  expect(dataFolder).toBe('/d');
  expect(settings).toEqual(settingsSchema.parse({ execution: { slots: 7 } }));
});

it('refuses to run without a data folder, or with settings that are none', () => {
  expect(() => readServerContext({})).toThrow(/TALE_DATA_FOLDER/);
  expect(() => readServerContext({ TALE_SETTINGS: '{"execution":{"slots":0}}', TALE_DATA_FOLDER: '/d' })).toThrow();
});
