/** The file of a command, fetched from the server piece by piece. */

import { fromBase64, sha256 } from "./bytes.js";

export class FileError extends Error {}

/**
 * The file's pieces in base64, as the server cut them.
 *
 * `piece(offset)` asks for one. FileError if the whole is not what was announced.
 */
export async function fetchFile({ size, sha256: expected }, piece) {
  const pieces = [];
  const bytes = new Uint8Array(size);
  for (let offset = 0; offset < size; ) {
    const data = await piece(offset);
    const part = decoded(data);
    if (part.length === 0 || offset + part.length > size) {
      throw new FileError(`The piece at ${offset} of ${size} bytes has ${part.length}.`);
    }
    bytes.set(part, offset);
    pieces.push(data);
    offset += part.length;
  }
  if ((await sha256(bytes)) !== expected) {
    throw new FileError("The file is not the one that was announced.");
  }
  return pieces;
}

function decoded(data) {
  try {
    return fromBase64(data);
  } catch (error) {
    throw new FileError("A piece is not base64.", { cause: error });
  }
}
