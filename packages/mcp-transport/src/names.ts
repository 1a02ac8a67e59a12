/** The one protocol revision that both ends speak. */
export const protocolVersion = '2026-07-28';

/** Before the keys of the request envelope in `_meta`. */
export const envelopePrefix = 'io.modelcontextprotocol/';

/** `_meta` key of a failed result, and `error.data` key of a JSON-RPC error: the error envelope. */
export const errorKey = 'tale/error';
/** `_meta` key of a call: calls with equal keys run once. */
export const idempotencyKeyKey = 'tale/idempotency-key';
/** `_meta` key of a result that an earlier call with the same key produced. */
export const replayedKey = 'tale/replayed';
/** `_meta` key of a progress notice that only keeps the stream open. */
export const keepAliveKey = 'tale/keep-alive';
/** Extension that a server advertises when it honours idempotency keys. */
export const idempotencyExtension = 'tale/idempotency';
