/** Part of a conversation that a summary may stand for. */
export interface Segment {
  readonly fromSeq: number;
  readonly toSeq: number;
}

/** A unit as segments see it. */
export interface SegmentUnit extends Segment {
  readonly tokens: number;
}

/** A segment is closed once it has this many tokens. */
const segmentTokens = 2_000;
/** Or this many units. */
const segmentUnits = 16;
/** Summaries of a level that make one of the next. */
const summariesPerLevel = 4;

/**
 * Puts units in order into segments of 2,000 tokens or 16 units. What is left at the end makes a segment only if `isClosed`: then it has
 * left the window and nothing will be added to it.
 */
export function closeSegments(units: readonly SegmentUnit[], isClosed: boolean): Segment[] {
  const segments: Segment[] = [];
  let open: SegmentUnit[] = [];
  let tokens = 0;
  const close = () => {
    segments.push({ fromSeq: open[0]!.fromSeq, toSeq: open.at(-1)!.toSeq });
    open = [];
    tokens = 0;
  };
  for (const unit of units) {
    open.push(unit);
    tokens += unit.tokens;
    if (tokens >= segmentTokens || open.length >= segmentUnits) close();
  }
  if (isClosed && open.length > 0) close();
  return segments;
}

/** Parts of `whole` that no summary covers, in order. */
export function uncoveredParts(whole: Segment, covered: readonly Segment[]): Segment[] {
  const parts: Segment[] = [];
  let next = whole.fromSeq;
  for (const { fromSeq, toSeq } of [...covered].sort((a, b) => a.fromSeq - b.fromSeq)) {
    if (toSeq < next) continue;
    if (fromSeq > whole.toSeq) break;
    if (fromSeq > next) parts.push({ fromSeq: next, toSeq: fromSeq - 1 });
    next = toSeq + 1;
  }
  if (next <= whole.toSeq) parts.push({ fromSeq: next, toSeq: whole.toSeq });
  return parts;
}

/**
 * Groups summaries of one level that stand behind each other into parts of the next level, four at a time from the beginning. A gap
 * starts a new group.
 */
export function groupLevel<Item extends Segment>(
  summaries: readonly Item[],
): (Segment & { readonly members: readonly Item[] })[] {
  const groups: (Segment & { members: Item[] })[] = [];
  let open: Item[] = [];
  for (const summary of [...summaries].sort((a, b) => a.fromSeq - b.fromSeq)) {
    if (open.length > 0 && open.at(-1)!.toSeq + 1 !== summary.fromSeq) open = [];
    open.push(summary);
    if (open.length < summariesPerLevel) continue;
    groups.push({ fromSeq: open[0]!.fromSeq, toSeq: summary.toSeq, members: open });
    open = [];
  }
  return groups;
}
