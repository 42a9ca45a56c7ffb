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

/** Another coordinator, and how many partitions it owns, -1 when it leaves; undefined where the bytes say nothing of the kind. */
export function peerIn(bytes: Uint8Array): { readonly name: string; readonly owned: number } | undefined {
  const [name, owned] = announcementIn(bytes);
  if (typeof name !== "string" || typeof owned !== "number" || !Number.isSafeInteger(owned)) return undefined;
  return { name, owned };
}

/** That queues or the storage are full; undefined where the bytes say nothing of the kind. */
export function pressureIn(bytes: Uint8Array): { readonly code: string; readonly detail: string } | undefined {
  const [code, detail] = announcementIn(bytes);
  return typeof code === "string" && typeof detail === "string" ? { code, detail } : undefined;
}
