import type { ErrorEnvelope, RefusalFacts } from '@tale/mcp-transport/guard';
import { describeRefusal } from '@tale/model-pool/server';

/** What an OpenAI client is told where it has no key, or a wrong one: nobody there knows of the runtime file. */
const keyHint = '`tale models endpoint --key` prints the address and the key';

/** The body of a refusal for OpenAI's clients; `null` = the path is none of theirs. */
export function refusalBody(
  { code, message, hint }: Pick<ErrorEnvelope, 'code' | 'message' | 'hint'>,
  { status, path }: RefusalFacts,
): object | null {
  return describeRefusal({ path, status, code, message, hint: status === 401 ? keyHint : hint });
}
