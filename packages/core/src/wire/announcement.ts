import { decodePayload } from "./payload.ts";

/**
 * The fields of what coordinators say to each other and to clients (`busSubjects.coordinators`, `busSubjects.pressure`, where a log
 * was cut): a payload that is a list. No fields where it is anything else, which is not from a coordinator of this release.
 */
export function announcementIn(bytes: Uint8Array): readonly unknown[] {
  try {
    const said = decodePayload(bytes);
    return Array.isArray(said) ? said : [];
  } catch {
    return [];
  }
}
