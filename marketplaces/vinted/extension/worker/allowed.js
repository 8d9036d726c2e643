/** What the plugin may be asked to call, as docs/plugin-protocol.md lists it. */

const ID = "[0-9]+";

const ALLOWED = [
  ["GET", "/users/current"],
  ["GET", `/wardrobe/${ID}/items`],
  ["GET", `/item_upload/items/${ID}`],
  ["GET", "/item_upload/(catalogs|colors|brands|size_groups)"],
  ["GET", "/my_orders"],
  ["GET", `/transactions/${ID}`],
  ["POST", "/photos"],
  ["POST", "/item_upload/drafts"],
  ["POST", `/item_upload/drafts/${ID}/completion`],
  ["DELETE", `/item_upload/drafts/${ID}`],
  ["PUT", `/item_upload/items/${ID}`],
  ["PUT", `/items/${ID}/is_hidden`],
  ["POST", `/items/${ID}/delete`],
].map(([method, path]) => [method, new RegExp(`^/api/v2${path}$`)]);

/** Whether the list names this method and path. The query is free. */
export function isAllowed({ method, path }) {
  const [place] = path.split("?", 1);
  return ALLOWED.some(([allowed, pattern]) => allowed === method && pattern.test(place));
}
