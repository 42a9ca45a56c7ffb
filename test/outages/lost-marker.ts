import type { EventLog } from "@arpeggio/core";

/** A log that loses the first marker of a coordinator after it has said that it is stored, and before anybody reads it. */
export function losingMarker(events: EventLog): { readonly append: EventLog["append"]; readonly lost: () => number } {
  let lost = 0;
  return {
    append: (partition, message, options) => {
      if (lost > 0 || !Buffer.from(message).includes("~fence")) return events.append(partition, message, options);
      lost++;
      return Promise.resolve();
    },
    lost: () => lost,
  };
}
