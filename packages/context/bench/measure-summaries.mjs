import { makeTexts, percentile, seeded } from './texts.mjs';

/** What a model that invents would add: a number, a path, an id, a name, a quotation that no source holds. */
const inventions = [
  (n) => `The total came to ${900_000 + n} in the end.`,
  (n) => `This was written into secret/plan-${n}/ledger.md by then.`,
  (n) => `The issue QQZX-${70_000 + n} was opened for it.`,
  () => 'Zebulon was told about all of that.',
  () => 'It was agreed with Zebulon Quixworth before that.',
  (n) => `They called it "the violet heron ${n}" from then on.`,
  (n) => `See https://zzqx.example/${n} for all of that.`,
];

/** Time of extracts, and how many invented sentences pass the check. */
export async function measure({ library, quick, data }) {
  const { checkSummary, extractText } = library;
  const { text } = makeTexts(data, seeded(11));
  const times = [];
  let sentences = 0;
  let passed = 0;
  let accepted = 0;
  for (let round = 0; round < (quick ? 60 : 600); round++) {
    const messages = [];
    for (let size = 0; size < 8_000; ) {
      const content = text();
      size += content.length;
      messages.push({ role: messages.length % 2 === 0 ? 'user' : 'assistant', text: content });
    }
    const started = performance.now();
    extractText(messages);
    times.push(performance.now() - started);
    const source = messages.map(({ text: said }) => said).join('\n');
    const true_ = source.match(/[A-Z][^.!?\n]{30,160}\./g)?.slice(0, 7) ?? [];
    const invented = inventions[round % inventions.length](round);
    const checked = checkSummary({ text: [...true_, invented].join(' '), complete: true }, source, 400);
    sentences++;
    if (checked.isAccepted) accepted++;
    if (checked.isAccepted && checked.text.includes(invented)) passed++;
  }
  return {
    extractP95: { value: percentile(times, 0.95), n: times.length },
    invented: { value: passed, n: sentences },
    accepted: { value: accepted / sentences, n: sentences },
  };
}
