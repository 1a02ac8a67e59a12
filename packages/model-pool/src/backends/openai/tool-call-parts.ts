import type { JsonObject, ToolCall } from '../../types.js';
import { readToolArguments } from '../tool-arguments.js';

/** A call whose id the server may have left out. */
export type PartialToolCall = Omit<ToolCall, 'id'> & { readonly id: string | null };

interface Parts {
  readonly index: number | null;
  id: string | null;
  name: string;
  arguments: string | JsonObject;
}

const text = (value: unknown) => (typeof value === 'string' && value !== '' ? value : null);

/** Puts calls together that come in parts: the first part of a call has its id and name, the arguments come piece by piece. */
export class ToolCallParts {
  readonly #calls: Parts[] = [];

  /** Whether the model asks for any. */
  get isEmpty(): boolean {
    return this.#calls.length === 0;
  }

  /** Takes the `tool_calls` of a chunk. Returns whether there were any. */
  add(value: unknown): boolean {
    const parts = Array.isArray(value) ? (value as JsonObject[]) : [];
    for (const part of parts) this.#add(part);
    return parts.length > 0;
  }

  /**
   * The calls. Of an answer that was cut, the last one only where it is whole.
   *
   * @throws ModelPoolError `stream-broken` where the arguments are no object
   */
  finish(isCut: boolean): PartialToolCall[] {
    return this.#calls.flatMap(({ id, name, arguments: given }, index) => {
      if (isCut && index === this.#calls.length - 1 && !isObject(given)) return [];
      return [{ id, name, arguments: readToolArguments(given) }];
    });
  }

  #add(part: JsonObject): void {
    const called = (part.function ?? {}) as JsonObject;
    const index = typeof part.index === 'number' ? part.index : null;
    const id = text(part.id);
    const call = this.#find(index, id) ?? this.#begin(index, id);
    call.id ??= id;
    if (call.name === '') call.name = text(called.name) ?? '';
    const given = called.arguments;
    if (typeof given === 'string' && typeof call.arguments === 'string') call.arguments += given;
    else if (given !== null && typeof given === 'object') call.arguments = given as JsonObject;
  }

  /** The call that a part continues. Some servers give every call the index 0, or none: then the id tells them apart. */
  #find(index: number | null, id: string | null): Parts | undefined {
    const found = this.#calls.findLast((call) => index === null || call.index === index);
    return id === null || found?.id === null || found?.id === id ? found : undefined;
  }

  #begin(index: number | null, id: string | null): Parts {
    const call: Parts = { index, id, name: '', arguments: '' };
    this.#calls.push(call);
    return call;
  }
}

function isObject(given: string | JsonObject): boolean {
  if (typeof given !== 'string') return true;
  try {
    return given !== '' && readToolArguments(given) !== null;
  } catch {
    return false;
  }
}
