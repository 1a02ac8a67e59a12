import { destination, pino, stdSerializers } from 'pino';

/** One JSON line on stderr a message; the supervisor captures, redacts and rotates it. */
export const log = pino(
  {
    base: null,
    level: process.env.TALE_LOG_LEVEL ?? 'info',
    serializers: { err: stdSerializers.err, error: stdSerializers.err },
  },
  destination({ dest: 2, sync: true }),
);
