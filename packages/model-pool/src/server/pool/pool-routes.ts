import * as z from 'zod/mini';
import { toCallError } from '../../calls/call-error.js';
import { countBody } from '../calls/call-body.js';
import { sendEnvelope } from '../http/error-envelope.js';
import { parseBody } from '../http/parse-body.js';
import { readJson } from '../http/read-json.js';
import { sendJson } from '../http/send-json.js';
import { SseWriter } from '../http/sse-writer.js';
import type { Exchange, Route, RouteParts } from '../route.js';

const model = z.string().check(z.minLength(1), z.maxLength(300));
const manageBody = z.strictObject({ model });
const pullBody = z.strictObject({ model, backend: z.optional(z.string()) });

/** `GET /v1/pool` is the state, `POST /v1/pool/count` counts a prompt, `POST /v1/pool/{load,unload,pin,pull}` manage models. */
export function poolRoutes(parts: RouteParts): readonly Route[] {
  const { pool, source, maxBodyBytes } = parts;
  const fail: Route['fail'] = (response, error) => sendEnvelope(response, error, source);

  const pull = async ({ request, response, signal }: Exchange) => {
    const { model: name, backend } = parseBody(pullBody, await readJson(request, maxBodyBytes));
    const writer = new SseWriter(response, parts);
    writer.comment('open');
    try {
      await pool.pull(name, { signal, backend, onProgress: (progress) => writer.offer('pull-progress', progress) });
      void writer.send('request-end', { model: name });
    } catch (error) {
      void writer.send('request-error', toCallError(error));
    }
    writer.end();
  };

  const manage = (action: 'load' | 'unload' | 'pin'): Route => ({
    method: 'POST',
    path: `/v1/pool/${action}`,
    run: async ({ request, response, signal }) => {
      const { model: name } = parseBody(manageBody, await readJson(request, maxBodyBytes));
      sendJson(response, 200, await pool[action](name, { signal }));
    },
    fail,
  });

  return [
    {
      method: 'GET',
      path: '/v1/pool',
      run: async ({ response }) => sendJson(response, 200, await pool.status()),
      fail,
    },
    {
      method: 'POST',
      path: '/v1/pool/count',
      run: async ({ request, response, signal }) => {
        const asked = parseBody(countBody, await readJson(request, maxBodyBytes));
        sendJson(response, 200, { tokens: await pool.countTokens(asked, { signal }) });
      },
      fail,
    },
    manage('load'),
    manage('unload'),
    manage('pin'),
    { method: 'POST', path: '/v1/pool/pull', run: pull, fail },
  ];
}
