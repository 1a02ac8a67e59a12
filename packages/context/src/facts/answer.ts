import type { Memory } from '../memories/types.js';
import type { Hit } from '../recall/types.js';
import type { FactQuestion } from './intents.js';
import { instantText, sentences, taskLine } from './templates.js';
import type { FactAnswer, LastRequest, TaskStatus } from './types.js';

const longestQuote = 2_000;

/** The answer that says what was asked for last. */
export function lastRequestAnswer(question: FactQuestion, found: LastRequest | null): FactAnswer {
  const words = sentences[question.language];
  if (!found) return answer(question, words.noRequest, {});
  const tasks = found.task ? [found.task] : [];
  const lines = [
    words.lastRequest(instantText(found.atMs), quote(found.text)),
    ...tasks.map((task) => taskLine(task, question.language)),
  ];
  return answer(question, lines.join('\n'), {
    sources: [found.messageId, ...(found.taskId === null ? [] : [found.taskId])],
    tasks,
  });
}

/** The answer that repeats the last one of the assistant. */
export function lastAnswerAnswer(
  question: FactQuestion,
  found: { readonly id: string; readonly text: string; readonly createdAtMs: number } | null,
): FactAnswer {
  const words = sentences[question.language];
  if (!found) return answer(question, words.noAnswer, {});
  return answer(question, words.lastAnswer(instantText(found.createdAtMs), quote(found.text)), { sources: [found.id] });
}

/** The answer that says where tasks stand. */
export function taskStatusAnswer(question: FactQuestion, { tasks, from }: TaskStatus): FactAnswer {
  const words = sentences[question.language];
  if (tasks.length === 0) return answer(question, words.noTasks, {});
  const head = from === 'conversation' ? [words.tasks] : from === 'owner' ? [words.ownerTask] : [];
  const lines = [...head, ...tasks.map((task) => taskLine(task, question.language))];
  return answer(question, lines.join('\n'), { sources: tasks.map(({ id }) => id), tasks });
}

/** The answer that lists open tasks. */
export function taskListAnswer(question: FactQuestion, tasks: TaskStatus['tasks']): FactAnswer {
  const text =
    tasks.length === 0
      ? sentences[question.language].noOpenTasks
      : tasks.map((task) => taskLine(task, question.language)).join('\n');
  return answer(question, text, { sources: tasks.map(({ id }) => id), tasks });
}

/** The answer that says what the user said about something. */
export function saidAboutAnswer(question: FactQuestion, hits: readonly Hit[]): FactAnswer {
  const words = sentences[question.language];
  const topic = question.topic ?? '';
  if (hits.length === 0) return answer(question, words.nothingAbout(topic), {});
  const lines = hits.map(({ atMs, excerpt, id }) => `- ${instantText(atMs)}: ${excerpt} [${id}]`);
  return answer(question, [words.saidAbout(topic), ...lines].join('\n'), { sources: hits.map(({ id }) => id), hits });
}

/** The answer that lists what is remembered. */
export function knownAnswer(question: FactQuestion, memories: readonly Memory[]): FactAnswer {
  const words = sentences[question.language];
  if (memories.length === 0) return answer(question, words.nothingKnown, {});
  const lines = memories.map(({ id, text }) => `- ${text} [${id}]`);
  return answer(question, [words.known, ...lines].join('\n'), { sources: memories.map(({ id }) => id), memories });
}

function answer(
  { intent, language }: FactQuestion,
  text: string,
  {
    sources = [],
    tasks = [],
    hits = [],
    memories = [],
  }: Partial<Pick<FactAnswer, 'sources' | 'tasks' | 'hits' | 'memories'>>,
): FactAnswer {
  return { intent, language, text, sources, tasks, hits, memories };
}

function quote(text: string): string {
  return text.length <= longestQuote ? text : `${text.slice(0, longestQuote)}…`;
}
