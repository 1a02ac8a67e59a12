import { join } from 'node:path';

/** Where things are, and what package clients need behind a proxy. */
const passed =
  /^(PATH|LANG|TMPDIR|PIP_|SSL_|REQUESTS_CA_BUNDLE$|CURL_CA_BUNDLE$|NODE_EXTRA_CA_CERTS$|https?_proxy$|no_proxy$)/i;

/** Variables of a command whose whole world is `home`: no other setting of this machine or its user is seen. */
export function commandEnvironment(home: string, more: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const { env } = process;
  return {
    ...Object.fromEntries(Object.entries(env).filter(([name]) => passed.test(name))),
    // The user's npm settings are needed to fetch; the rest of the real home is out of sight.
    NPM_CONFIG_USERCONFIG: env.NPM_CONFIG_USERCONFIG ?? join(env.HOME ?? '', '.npmrc'),
    HOME: join(home, 'home'),
    TERM: 'xterm-256color',
    TALE_HOME: home,
    ...more,
  };
}
