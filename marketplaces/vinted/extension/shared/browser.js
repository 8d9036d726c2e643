/** Firefox calls it `browser`, Chromium `chrome`; both return promises under Manifest V3. */
export const browser = globalThis.browser ?? globalThis.chrome;
