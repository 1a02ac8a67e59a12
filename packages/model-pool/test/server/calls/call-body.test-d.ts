import { expectTypeOf } from 'vitest';
import type * as z from 'zod/mini';
import type { CallRequest, DecideRequest, EmbedRequest } from '../../../src/index.js';
import type { decideBody, embedBody, textBody } from '../../../src/server/calls/call-body.js';

// What cannot be sent stays here; everything else can be said over HTTP.
expectTypeOf<keyof z.output<typeof textBody>>().toEqualTypeOf<Exclude<keyof CallRequest, 'signal'>>();
expectTypeOf<keyof z.output<typeof embedBody>>().toEqualTypeOf<Exclude<keyof EmbedRequest, 'signal' | 'onEvent'>>();
expectTypeOf<keyof z.output<typeof decideBody>>().toEqualTypeOf<Exclude<keyof DecideRequest, 'signal' | 'onEvent'>>();
