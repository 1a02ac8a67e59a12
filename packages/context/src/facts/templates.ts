import type { TaskFact } from '../types.js';
import type { FactLanguage } from './patterns.js';

/** Sentences of one language around the values of rows. */
export interface Sentences {
  lastRequest(at: string, text: string): string;
  lastAnswer(at: string, text: string): string;
  noRequest: string;
  noAnswer: string;
  tasks: string;
  ownerTask: string;
  noTasks: string;
  noOpenTasks: string;
  saidAbout(topic: string): string;
  nothingAbout(topic: string): string;
  known: string;
  nothingKnown: string;
  step(step: number, steps: number | null): string;
  minutesLeft(minutes: number): string;
  failed(error: string): string;
}

/** What an answer is made of, in each language. */
export const sentences: Readonly<Record<FactLanguage, Sentences>> = {
  en: {
    lastRequest: (at, text) => `Your last request (${at}): “${text}”`,
    lastAnswer: (at, text) => `My last answer (${at}): “${text}”`,
    noRequest: 'You have not asked for anything in this conversation yet.',
    noAnswer: 'I have not answered in this conversation yet.',
    tasks: 'Tasks of this conversation, newest first:',
    ownerTask: 'This conversation has no task. The newest open one of yours:',
    noTasks: 'There is no task.',
    noOpenTasks: 'There is no open task.',
    saidAbout: (topic) => `What you said about “${topic}”:`,
    nothingAbout: (topic) => `I find nothing that you said about “${topic}”.`,
    known: 'What I remember about you:',
    nothingKnown: 'I remember nothing about you.',
    step: (step, steps) => (steps === null ? `step ${step}` : `step ${step} of ${steps}`),
    minutesLeft: (minutes) => `about ${minutes} min left`,
    failed: (error) => `error: ${error}`,
  },
  de: {
    lastRequest: (at, text) => `Deine letzte Anfrage (${at}): „${text}“`,
    lastAnswer: (at, text) => `Meine letzte Antwort (${at}): „${text}“`,
    noRequest: 'Du hast in diesem Gespräch noch um nichts gebeten.',
    noAnswer: 'Ich habe in diesem Gespräch noch nicht geantwortet.',
    tasks: 'Aufgaben dieses Gesprächs, die neueste zuerst:',
    ownerTask: 'Dieses Gespräch hat keine Aufgabe. Deine neueste offene:',
    noTasks: 'Es gibt keine Aufgabe.',
    noOpenTasks: 'Es gibt keine offene Aufgabe.',
    saidAbout: (topic) => `Was du über „${topic}“ gesagt hast:`,
    nothingAbout: (topic) => `Ich finde nichts, was du über „${topic}“ gesagt hast.`,
    known: 'Was ich über dich weiß:',
    nothingKnown: 'Ich habe mir nichts über dich gemerkt.',
    step: (step, steps) => (steps === null ? `Schritt ${step}` : `Schritt ${step} von ${steps}`),
    minutesLeft: (minutes) => `noch etwa ${minutes} min`,
    failed: (error) => `Fehler: ${error}`,
  },
  fr: {
    lastRequest: (at, text) => `Ta dernière demande (${at}) : « ${text} »`,
    lastAnswer: (at, text) => `Ma dernière réponse (${at}) : « ${text} »`,
    noRequest: 'Tu n’as encore rien demandé dans cette conversation.',
    noAnswer: 'Je n’ai pas encore répondu dans cette conversation.',
    tasks: 'Tâches de cette conversation, la plus récente d’abord :',
    ownerTask: 'Cette conversation n’a pas de tâche. La plus récente de tes tâches ouvertes :',
    noTasks: 'Il n’y a pas de tâche.',
    noOpenTasks: 'Il n’y a pas de tâche ouverte.',
    saidAbout: (topic) => `Ce que tu as dit sur « ${topic} » :`,
    nothingAbout: (topic) => `Je ne trouve rien que tu aies dit sur « ${topic} ».`,
    known: 'Ce que j’ai retenu de toi :',
    nothingKnown: 'Je n’ai rien retenu de toi.',
    step: (step, steps) => (steps === null ? `étape ${step}` : `étape ${step} sur ${steps}`),
    minutesLeft: (minutes) => `encore ${minutes} min environ`,
    failed: (error) => `erreur : ${error}`,
  },
  es: {
    lastRequest: (at, text) => `Tu última petición (${at}): «${text}»`,
    lastAnswer: (at, text) => `Mi última respuesta (${at}): «${text}»`,
    noRequest: 'Aún no has pedido nada en esta conversación.',
    noAnswer: 'Aún no he respondido en esta conversación.',
    tasks: 'Tareas de esta conversación, la más reciente primero:',
    ownerTask: 'Esta conversación no tiene tareas. La más reciente de tus tareas abiertas:',
    noTasks: 'No hay ninguna tarea.',
    noOpenTasks: 'No hay ninguna tarea abierta.',
    saidAbout: (topic) => `Lo que dijiste sobre «${topic}»:`,
    nothingAbout: (topic) => `No encuentro nada que hayas dicho sobre «${topic}».`,
    known: 'Lo que recuerdo de ti:',
    nothingKnown: 'No recuerdo nada de ti.',
    step: (step, steps) => (steps === null ? `paso ${step}` : `paso ${step} de ${steps}`),
    minutesLeft: (minutes) => `quedan unos ${minutes} min`,
    failed: (error) => `error: ${error}`,
  },
};

/** An instant as people of every language read it, in UTC. */
export function instantText(atMs: number): string {
  return `${new Date(atMs).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}

/** One task as a line: only values of its row. */
export function taskLine(
  { id, title, state, step, steps, percent, etaMs, updatedAtMs, error }: TaskFact,
  language: FactLanguage,
): string {
  const words = sentences[language];
  const facts = [
    state,
    step === null ? null : words.step(step, steps),
    percent === null ? null : `${percent} %`,
    etaMs === null ? null : words.minutesLeft(Math.max(1, Math.round(etaMs / 60_000))),
    error === null ? null : words.failed(error),
    instantText(updatedAtMs),
  ];
  return `- ${id} ${title}: ${facts.filter((fact) => fact !== null).join(', ')}`;
}
