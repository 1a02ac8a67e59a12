import { type $ZodType, type $ZodTypes, globalRegistry } from 'zod/v4/core';
import type { KeyMeta } from '../types.js';

/** What the layers need to know about a schema. */
export type SchemaNode =
  /** `isOpen`: keys that are not in `fields` are allowed. */
  | { readonly kind: 'object'; readonly fields: Readonly<Record<string, $ZodType>>; readonly isOpen: boolean }
  /** An object with keys of the user's choice. */
  | { readonly kind: 'record'; readonly member: $ZodType }
  /** An array; it is replaced as a whole, but objects in it have keys too. */
  | { readonly kind: 'list'; readonly item: $ZodType }
  /** `isText`: only strings fit. */
  | { readonly kind: 'leaf'; readonly isText: boolean };

/** The schema without what only wraps it (optional, default, pipe …). */
export function nodeOf(schema: $ZodType): SchemaNode {
  const { def } = unwrap(schema);
  switch (def.type) {
    case 'object': {
      const catchall = def.catchall?._zod.def.type;
      return { kind: 'object', fields: def.shape, isOpen: catchall !== undefined && catchall !== 'never' };
    }
    case 'record':
      return { kind: 'record', member: def.valueType };
    case 'array':
      return { kind: 'list', item: def.element };
    case 'union': {
      // "This object, or false": keys are checked where an object is given.
      const nodes = def.options.map(nodeOf);
      const deeper = nodes.filter((node) => node.kind !== 'leaf');
      if (deeper.length === 1) return deeper[0]!;
      return { kind: 'leaf', isText: nodes.every((node) => node.kind === 'leaf' && node.isText) };
    }
    case 'string':
    case 'template_literal':
      return { kind: 'leaf', isText: true };
    case 'enum':
      return { kind: 'leaf', isText: Object.values(def.entries).every((value) => typeof value === 'string') };
    case 'literal':
      return { kind: 'leaf', isText: def.values.every((value) => typeof value === 'string') };
    default:
      return { kind: 'leaf', isText: false };
  }
}

/** What `.meta()` says about a schema or anything that it wraps; the outermost wins. */
export function metaOf(schema: $ZodType): KeyMeta {
  return unwrap(schema).meta;
}

/** Whether a missing value is an error for this schema as it stands. */
export function isRequiredObject(schema: $ZodType): boolean {
  return (schema as $ZodTypes)._zod.def.type === 'object';
}

type Definition = $ZodTypes['_zod']['def'];

function unwrap(schema: $ZodType): { def: Definition; meta: KeyMeta } {
  let meta: KeyMeta = {};
  let current = schema as $ZodTypes;
  for (;;) {
    meta = { ...(globalRegistry.get(current) as KeyMeta | undefined), ...meta };
    const def: Definition = current._zod.def;
    switch (def.type) {
      case 'optional':
      case 'nullable':
      case 'default':
      case 'prefault':
      case 'nonoptional':
      case 'readonly':
      case 'catch':
        current = def.innerType as $ZodTypes;
        break;
      case 'pipe':
        current = def.in as $ZodTypes;
        break;
      case 'lazy':
        current = def.getter() as $ZodTypes;
        break;
      default:
        return { def, meta };
    }
  }
}
