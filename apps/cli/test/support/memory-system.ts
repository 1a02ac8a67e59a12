import { type FakeTale, startFakeTale } from './fake-tale.js';
import { createHome } from './home.js';
import { conversationView, memoryView } from './memory-views.js';
import { createTestContext, type TestContext, type TestContextOptions } from './streams.js';

/** Running servers with one memory and one conversation, and a command's context. */
export interface MemorySystem extends TestContext, AsyncDisposable {
  readonly tale: FakeTale;
  readonly folder: string;
  /** Arguments of every call of a tool, with its name. */
  readonly calls: Record<string, unknown>[];
}

/** `answer` gives the answers of the tools, by action. */
export async function memorySystem(
  answer: (args: Record<string, unknown>) => object,
  options: TestContextOptions = {},
): Promise<MemorySystem> {
  const home = await createHome();
  const tale = await startFakeTale();
  const calls: Record<string, unknown>[] = [];
  for (const tool of ['memory', 'conversations']) {
    tale.tools[tool] = (args) => {
      calls.push({ tool, ...args });
      return answer(args);
    };
  }
  tale.answers['GET /v1/memories/match'] = () => ({ kind: 'exact', memories: [memoryView()] });
  tale.answers['GET /v1/conversations/match'] = () => ({ kind: 'exact', conversations: [conversationView()] });
  await home.writeRuntime(tale.runtime(['supervisor', 'gateway', 'ux-agent']));
  return {
    tale,
    folder: home.path,
    calls,
    ...createTestContext(home, options),
    async [Symbol.asyncDispose]() {
      await tale[Symbol.asyncDispose]();
      await home[Symbol.asyncDispose]();
    },
  };
}
