import { conversationCases } from './conversation-cases.js';
import { forgetCases } from './forget-cases.js';
import { messageCases } from './message-cases.js';
import { portableCases } from './portable-cases.js';
import { searchCases } from './search-cases.js';
import type { StoreCase } from './store-under-test.js';

/** The cases that every database and writer must pass. */
export const storeCases: readonly StoreCase[] = [
  ...messageCases,
  ...conversationCases,
  ...searchCases,
  ...portableCases,
  ...forgetCases,
];
