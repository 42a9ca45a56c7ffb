import { decodePayload } from "./payload.ts";

/**
 * The fields of what coordinators say on the bus about themselves (`busSubjects.coordinators`, `busSubjects.pressure`): a
 * payload that is a list. No fields where it is anything else, which is not from a coordinator of this release.
 */
export function announcementIn(bytes: Uint8Array): readonly unknown[] {
  try {
    const said = decodePayload(bytes);
    return Array.isArray(said) ? said : [];
  } catch {
    return [];
  }
}
