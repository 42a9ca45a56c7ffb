/** The engine in one process, without a server. */
export async function prepare() {
  return {
    versions: {},
    client: new URL("client.mjs", import.meta.url),
    start: async () => ({}),
  };
}
