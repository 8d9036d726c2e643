const LOOPBACK = new Set(["127.0.0.1", "localhost"]);

/**
 * The connection code that StoFlow shows, "<address> <token>", as `{url, token}`.
 *
 * Null if it is none: the address is wss, or ws on this computer itself.
 */
export function readCode(text) {
  const [address, token, ...rest] = text.trim().split(/\s+/);
  if (!/^[\w-]{1,200}$/.test(token ?? "") || rest.length > 0 || !URL.canParse(address)) {
    return null;
  }
  const url = new URL(address);
  const isSafe = url.protocol === "wss:" || (url.protocol === "ws:" && LOOPBACK.has(url.hostname));
  if (!isSafe || url.username || url.password || url.hash) {
    return null;
  }
  return { url: url.href, token };
}
