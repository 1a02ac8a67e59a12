/** Where the routes of a server begin. */
export interface BasePath {
  /** Of the API, such as `/v1`. */
  readonly api: string;
  /** Of what the server has beside the API, such as `/health`; empty for the root. */
  readonly root: string;
}

/** Takes the path of a server's address apart. One without a version gets `/v1`. */
export function splitBasePath(path: string): BasePath {
  const at = path.search(/\/v\d+[a-z0-9]*(\/|$)/);
  return at < 0 ? { api: `${path}/v1`, root: path } : { api: path, root: path.slice(0, at) };
}
