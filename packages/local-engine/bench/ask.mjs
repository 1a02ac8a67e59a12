import { request } from 'node:http';

const headers = { 'content-type': 'application/json' };

/** Posts to /api/generate or another path and reads line by line; `onLine` gets each object and the time since the start, ms. */
export function ask(url, body, onLine = () => {}, { path = '/api/generate', signal } = {}) {
  return new Promise((resolve, reject) => {
    const startMs = performance.now();
    const outgoing = request(url + path, { method: 'POST', headers, signal }, async (answer) => {
      try {
        answer.setEncoding('utf8');
        if (answer.statusCode !== 200) throw new Error((await answer.toArray()).join(''));
        let rest = '';
        for await (const chunk of answer) {
          const lines = (rest + chunk).split('\n');
          rest = lines.pop();
          for (const line of lines) onLine(JSON.parse(line), performance.now() - startMs);
        }
        if (rest !== '') onLine(JSON.parse(rest), performance.now() - startMs); // a document, not a stream
        resolve();
      } catch (error) {
        reject(error);
      }
    });
    outgoing.on('error', reject).end(JSON.stringify(body));
  });
}

/** The last object of an answer. */
export async function answerOf(url, body, options) {
  let last = null;
  await ask(
    url,
    body,
    (line) => {
      last = line;
    },
    options,
  );
  if (last.error) throw new Error(last.error);
  return last;
}

/** Process ids of the children of this process (Linux). */
export async function childPids() {
  const { readFile } = await import('node:fs/promises');
  const text = await readFile(`/proc/${process.pid}/task/${process.pid}/children`, 'utf8');
  return text.trim().split(' ').filter(Boolean).map(Number);
}
