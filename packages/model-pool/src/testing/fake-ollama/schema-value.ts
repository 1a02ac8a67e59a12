import type { JsonObject, JsonValue } from '../../types.js';

type Schema = JsonObject;

const isObject = (value: unknown): value is Schema =>
  value !== null && typeof value === 'object' && !Array.isArray(value);

/** What `#/$defs/x` stands for. */
function resolve(schema: Schema, root: Schema): Schema {
  const { $ref } = schema;
  if (typeof $ref !== 'string') return schema;
  const found = $ref
    .split('/')
    .slice(1)
    .reduce<unknown>((value, key) => (isObject(value) ? value[key] : undefined), root);
  return isObject(found) ? found : {};
}

function typeOf({ type, properties, items }: Schema): unknown {
  if (Array.isArray(type)) return type[0];
  if (type !== undefined) return type;
  if (properties !== undefined) return 'object';
  return items === undefined ? 'string' : 'array';
}

const number = (value: unknown, otherwise: number) => (typeof value === 'number' ? value : otherwise);

/** The least value that fits a JSON schema: the first choice, all properties, as few items as allowed. */
export function valueOfSchema(given: Schema, root: Schema = given, depth = 0): JsonValue {
  const schema = resolve(given, root);
  if (schema.const !== undefined) return schema.const;
  if (Array.isArray(schema.enum)) return schema.enum[0] as JsonValue;
  const [choice] = [schema.anyOf, schema.oneOf, schema.allOf].flatMap((list) => (Array.isArray(list) ? list : []));
  if (isObject(choice)) return valueOfSchema(choice, root, depth + 1);
  switch (typeOf(schema)) {
    case 'object': {
      const properties = isObject(schema.properties) && depth < 8 ? Object.entries(schema.properties) : [];
      return Object.fromEntries(
        properties.map(([key, value]) => [key, isObject(value) ? valueOfSchema(value, root, depth + 1) : null]),
      );
    }
    case 'array': {
      const items = isObject(schema.items) ? schema.items : {};
      return Array.from({ length: number(schema.minItems, 0) }, () => valueOfSchema(items, root, depth + 1));
    }
    case 'integer':
    case 'number':
      return number(schema.minimum, number(schema.exclusiveMinimum, -1) + 1);
    case 'boolean':
      return true;
    case 'null':
      return null;
    default:
      return 'text'.padEnd(number(schema.minLength, 0), '.').slice(0, number(schema.maxLength, 1_000));
  }
}
