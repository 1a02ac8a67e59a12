import type { Route } from '../../route.js';

/** Level of Ollama's API that this engine speaks. */
export const apiVersion = '0.32.15';

/** GET `/`. */
export const aboutRoute: Route = ({ answer }) => answer.text('Ollama is running');

/** GET `/api/version`. */
export const versionRoute: Route = ({ answer }, { version }) =>
  answer.json({ version: apiVersion, engine: 'tale-local-engine', engine_version: version });
