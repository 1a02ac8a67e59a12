/** How long a model server on this machine may take to say that it is there. */
const probeMs = 1_500;

/** Whether tale's own model server is needed: nobody answers at Ollama's address, or it has no model yet. */
export async function needsLocalEngine(ollamaUrl: string): Promise<boolean> {
  try {
    const answer = await fetch(new URL('/api/tags', ollamaUrl), {
      signal: AbortSignal.timeout(probeMs),
      redirect: 'error',
    });
    const body: unknown = await answer.json();
    return !answer.ok || !hasModels(body);
  } catch {
    return true;
  }
}

function hasModels(body: unknown): boolean {
  return (
    typeof body === 'object' &&
    body !== null &&
    'models' in body &&
    Array.isArray(body.models) &&
    body.models.length > 0
  );
}
