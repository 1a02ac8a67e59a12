import type { ErrorEnvelope, Settings, TaskEvent, TaskView } from '@tale/protocol';
import { normalizePrompt, type runtimeFileSchema, type settingsSchema, type taskViewSchema } from '@tale/protocol';
import { expectTypeOf } from 'vitest';
import type * as z from 'zod/mini';

expectTypeOf(normalizePrompt).toEqualTypeOf<(text: string) => string>();
expectTypeOf<TaskView['error']>().toEqualTypeOf<ErrorEnvelope | null>();
expectTypeOf<Extract<TaskEvent, { type: 'task-start' }>['server']>().toEqualTypeOf<string>();
expectTypeOf<z.infer<typeof taskViewSchema>>().toExtend<TaskView>();
expectTypeOf<z.infer<typeof runtimeFileSchema>['format']>().toEqualTypeOf<'tale.runtime/1'>();
expectTypeOf<z.infer<typeof settingsSchema>>().toEqualTypeOf<Settings>();
