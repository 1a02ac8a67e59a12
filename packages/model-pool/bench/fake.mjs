import { fork } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const command = fileURLToPath(import.meta.resolve('../dist/testing/fake-ollama-cli.js'));

/** Starts a program of ours in a process of its own; it says where it listens with one line of JSON. */
export async function forkServer(path, argv) {
  const child = fork(path, argv, { stdio: ['ignore', 'pipe', 'inherit', 'ipc'] });
  const left = once(child, 'exit');
  const [line] = await Promise.race([
    once(createInterface(child.stdout), 'line'),
    left.then(([code]) => Promise.reject(new Error(`${path} ended with ${code}`))),
  ]);
  return {
    ...JSON.parse(line),
    child,
    async close() {
      if (child.connected) child.disconnect(); // it ends by itself then
      await left;
    },
  };
}

/** Starts the fake server; `order` asks it for what another process can ask. */
export async function forkFake(...argv) {
  const fake = await forkServer(command, argv);
  const order = async (path, body) => {
    const init = body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) };
    return (await fetch(`${fake.controlUrl}/fake/${path}`, init)).json();
  };
  return { ...fake, order };
}
