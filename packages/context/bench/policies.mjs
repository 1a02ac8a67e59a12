/** What other programs send: the newest messages, a summary written anew, LangChain's trimMessages; each gets the same counts. */
const summaryTokens = 400;
const low = 0.5;

const sum = (messages) => messages.reduce((total, { tokens }) => total + tokens, 0);

/** Cuts from the front what does not fit, each turn. */
export function newestOnly({ system, budget }) {
  return (messages) => {
    let from = messages.length - 1;
    let left = budget - system.tokens - messages[from].tokens;
    while (from > 0 && messages[from - 1].tokens <= left) left -= messages[--from].tokens;
    return [system, ...messages.slice(from)];
  };
}

/** Evicts to half of the budget and writes its summary of what left anew in each turn. */
export function rollingSummary({ system, budget }) {
  let from = 0;
  return (messages) => {
    const need = () => system.tokens + summaryTokens + sum(messages.slice(from));
    if (need() > budget) while (from < messages.length - 1 && need() > budget * low) from += 1;
    const summary = { role: 'system', text: `Summary up to message ${messages.length}.`, tokens: summaryTokens };
    return from === 0 ? [system, ...messages] : [system, summary, ...messages.slice(from)];
  };
}

/** `null` where LangChain is not installed. */
export async function trimMessages({ system, budget }) {
  const langchain = await import('@langchain/core/messages').catch(() => null);
  if (!langchain) return null;
  const kinds = { system: langchain.SystemMessage, user: langchain.HumanMessage, assistant: langchain.AIMessage };
  const known = new Map();
  const asTheirs = (message) => {
    if (!known.has(message)) {
      const id = `${known.size}`;
      known.set(message, new kinds[message.role]({ content: message.text, id }));
      known.set(id, message);
    }
    return known.get(message);
  };
  return async (messages) => {
    const trimmed = await langchain.trimMessages([system, ...messages].map(asTheirs), {
      maxTokens: budget,
      strategy: 'last',
      includeSystem: true,
      startOn: 'human',
      tokenCounter: (list) => sum(list.map(({ id }) => known.get(id))),
    });
    return trimmed.map(({ id }) => known.get(id));
  };
}
