import { expect, it } from 'vitest';
import { clientEnvironment } from '../../src/sources/client-environment.js';

it('npm and pip get the settings of this program, and none of its keys', () => {
  const settings = {
    PATH: '/bin',
    HTTPS_PROXY: 'http://proxy',
    npm_config_registry: 'x',
    PIP_INDEX_URL: 'y',
    HOME: '/',
  };
  const keys = {
    ...{ TALE_LOCAL_ENGINE_TOKEN: 'a', TALE_SECRET_ANTHROPIC: 'b', HF_TOKEN: 'c' },
    ...{ HUGGING_FACE_HUB_TOKEN: 'd', HUGGINGFACE_TOKEN: 'e' },
  };
  expect(clientEnvironment({ ...settings, ...keys })).toEqual(settings);
});
