// A server of a pool, as the `models` server is one: `./server` on node:http in a process of its own. Its argument is the fake's URL.
import { createServer } from 'node:http';
import { createPoolHandler } from '@tale/model-pool/server';
import { openPool, startPool } from './pools.mjs';

const pool = openPool(process.argv[2]);
const handle = createPoolHandler(pool);
const server = createServer((request, response) => {
  void handle(request, response).then((isMine) => {
    if (!isMine) response.writeHead(404).end();
  });
});
await startPool(pool);
server.listen(0, '127.0.0.1', () => console.log(JSON.stringify({ url: `http://127.0.0.1:${server.address().port}` })));
process.once('disconnect', () => void pool.close().then(() => process.exit(0)));
