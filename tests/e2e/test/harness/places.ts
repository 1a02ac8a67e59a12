import { fileURLToPath } from 'node:url';

/** Root of the repository. */
export const repository = fileURLToPath(new URL('../../../..', import.meta.url));

/** The built command. */
export const command = `${repository}apps/cli/dist/main.js`;

/** What is fetched once for all runs; outside version control. */
export const tools = `${repository}.tools`;
