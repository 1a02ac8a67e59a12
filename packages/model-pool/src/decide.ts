import type { CallEvent } from './events.js';
import type { CallEnd, Id, Labels, RoleName } from './types.js';

/** A question with a closed set of answers. */
export type DecideQuestion =
  | {
      /** Yes or no. */
      readonly type: 'noul';
      /** What is asked. */
      readonly instructions: string;
      /** What each answer means. */
      readonly criteria?:
        | {
            /** Yes. */
            readonly true?: string | undefined;
            /** No. */
            readonly false?: string | undefined;
          }
        | undefined;
    }
  | {
      /** One of several; at most 256. */
      readonly type: 'choice';
      /** What is asked. */
      readonly instructions: string;
      /** The choices with their meanings; `null` = the name says it. */
      readonly criteria: Readonly<Record<string, string | null>>;
    }
  | {
      /** A grade; at most 10. */
      readonly type: 'score';
      /** What is asked. */
      readonly instructions: string;
      /** Meanings from the lowest to the highest. */
      readonly criteria: readonly string[];
    };

/** The answer to a {@link DecideQuestion}. */
export type DecideAnswer =
  | {
      /** Yes or no. */
      readonly type: 'noul';
      /** Probability of yes, 0 to 1. */
      readonly noul: number;
    }
  | {
      /** One of several. */
      readonly type: 'choice';
      /** The likeliest. */
      readonly choice: string;
      /** By choice; they sum up to 1. */
      readonly probabilities: Readonly<Record<string, number>>;
      /** Probability of the likeliest. */
      readonly confidence: number;
    }
  | {
      /** A grade. */
      readonly type: 'score';
      /** Expected grade from 0, may be fractional. */
      readonly score: number;
      /** By grade; they sum up to 1. */
      readonly probabilities: Readonly<Record<string, number>>;
      /** Probability of the likeliest. */
      readonly confidence: number;
    };

/** Questions about a text. */
export interface DecideRequest {
  /** Which role answers. @defaultValue `ux` */
  readonly role?: RoleName | undefined;
  /** The text that is asked about. */
  readonly state: string;
  /** Questions by name; 1 to 32. */
  readonly questions: Readonly<Record<string, DecideQuestion>>;
  /** Told the events of the call as they come. */
  readonly onEvent?: ((event: CallEvent) => void) | undefined;
  /** Ends the call. */
  readonly signal?: AbortSignal | undefined;
  /** Joins the attempts. */
  readonly requestId?: Id | undefined;
  /** Time for the whole call, ms. */
  readonly deadlineMs?: number | undefined;
  /** What the call is about. */
  readonly labels?: Partial<Labels> | undefined;
}

/** Answers. */
export interface DecideResult {
  /** The request. */
  readonly requestId: Id;
  /** One answer per question, by its name. */
  readonly answers: Readonly<Record<string, DecideAnswer>>;
  /** `probabilities` = read off the model in one pass; `schema` = a constrained answer, whose probabilities are 0 and 1. */
  readonly method: 'probabilities' | 'schema';
  /** The attempt's last event. */
  readonly end: CallEnd;
}
