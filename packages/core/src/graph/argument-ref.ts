/** Names are for messages only: no longer than a person reads, and none where there are too many to send with each attempt. */
const NAME_LENGTH_MAX = 60;
const NAMED_PLACES_MAX = 100;

/**
 * How the expression of an attempt refers to one of its arguments: by place, with the name of the node whose result it is for
 * messages, e.g. `0:fetch`.
 */
export function argumentRef(place: number, name: string): string {
  return place < NAMED_PLACES_MAX ? `${place}:${name.slice(0, NAME_LENGTH_MAX)}` : String(place);
}

/** The place of the argument that such a reference stands for. */
export function argumentPlace(ref: string): number {
  return Number.parseInt(ref, 10);
}

/** What a reference is called in messages; one without a name is just a value. */
export function refName(ref: string): string {
  const [, name = "value"] = /^\d+(?::(.+))?$/.exec(ref) ?? [ref, ref];
  return name;
}
