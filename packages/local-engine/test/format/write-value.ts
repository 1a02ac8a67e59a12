/** A rule as `normaliseSchema` makes it; only what is read here. */
interface Rule {
  readonly type?: string;
  readonly enum?: readonly unknown[];
  readonly oneOf?: readonly Rule[];
  readonly $ref?: string;
  readonly $defs?: Readonly<Record<string, Rule>>;
  readonly properties?: Readonly<Record<string, Rule>>;
  readonly additionalProperties?: Rule | boolean;
  readonly minProperties?: number;
  readonly maxProperties?: number;
  readonly prefixItems?: readonly Rule[];
  readonly items?: Rule;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly format?: string;
}

/** A value as a grammar of the rule writes it. `null` where it would be too deep. */
export function writeValue(rule: object, random: () => number): { readonly value: unknown } | null {
  try {
    return { value: write(rule, (rule as Rule).$defs ?? {}, random, 0) };
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}

const formats: Readonly<Record<string, string>> = {
  date: '2026-11-30',
  time: '12:00:00Z',
  'date-time': '2026-11-30T12:00:00Z',
};

function write(rule: Rule, defs: Readonly<Record<string, Rule>>, random: () => number, depth: number): unknown {
  if (depth > 40) throw new RangeError('too deep');
  const below = (part: Rule) => write(part, defs, random, depth + 1);
  const between = (min: number, max: number) => min + Math.floor(random() * (max - min + 1));
  const pick = <Value>(list: readonly Value[]) => list[between(0, list.length - 1)] as Value;
  if (rule.$ref) return below(defs[rule.$ref.slice('#/$defs/'.length)] as Rule);
  if (rule.oneOf) return below(pick(rule.oneOf));
  if (rule.enum) return pick(rule.enum);
  switch (rule.type) {
    case 'string': {
      const min = rule.minLength ?? 0;
      return rule.format ? formats[rule.format] : 'é"\\x'.repeat(500).slice(0, between(min, rule.maxLength ?? min + 5));
    }
    case 'integer':
      return between(-999_999, 999_999) * pick([0, 1, 1_000_000]);
    case 'number':
      return between(-99, 99) * pick([1, 0.25, 1e30]);
    case 'boolean':
      return random() < 0.5;
    case 'null':
      return null;
    case 'array': {
      const prefix = (rule.prefixItems ?? []).map(below);
      const min = Math.max(prefix.length, rule.minItems ?? 0);
      const length = between(min, Math.max(min, Math.min(rule.maxItems ?? min + 2, min + 2)));
      const rest = Array.from({ length: length - prefix.length }, () =>
        rule.items ? below(rule.items) : pick([1, 'a', null, [], {}]),
      );
      return [...prefix, ...rest];
    }
    case 'object': {
      const entries = Object.entries(rule.properties ?? {}).map(([name, part]) => [name, below(part)] as const);
      const { additionalProperties: more } = rule;
      const min = Math.max(0, (rule.minProperties ?? 0) - entries.length);
      const max = Math.min(min + 2, (rule.maxProperties ?? Number.POSITIVE_INFINITY) - entries.length);
      const count = more === false || more === undefined ? 0 : between(min, Math.max(min, max));
      const added = Array.from(
        { length: count },
        (_, index) => [`added ${index}`, typeof more === 'object' ? below(more) : pick([1, 'a', null])] as const,
      );
      return Object.fromEntries([...entries, ...added]);
    }
    default:
      throw new Error(`no rule: ${JSON.stringify(rule)}`);
  }
}
