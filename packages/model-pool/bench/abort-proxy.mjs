// A proxy in a process of its own, before the server named by its argument: for each chat it tells its parent when the client closed the
// connection, on the clock that all processes of a machine share.
import { connect, createServer } from 'node:net';

const { port, hostname } = new URL(process.argv[2]);
const server = createServer((client) => {
  const upstream = connect({ port: Number(port), host: hostname });
  let isChat = false;
  client.on('data', (data) => {
    isChat ||= data.subarray(0, 14).toString() === 'POST /api/chat';
  });
  let isTold = false;
  const gone = () => {
    if (!isChat || isTold) return;
    isTold = true;
    process.send({ closedNs: `${process.hrtime.bigint()}` });
  };
  for (const event of ['end', 'close']) client.once(event, gone);
  for (const socket of [client, upstream]) socket.on('error', () => {});
  client.pipe(upstream).pipe(client);
  client.once('close', () => upstream.destroy());
});
server.listen(0, '127.0.0.1', () => console.log(JSON.stringify({ url: `http://127.0.0.1:${server.address().port}` })));
process.once('disconnect', () => process.exit(0));
