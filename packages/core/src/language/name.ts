import { TaskNameInvalidError } from "./build-errors.ts";
import type { NamedThing } from "./build-errors.ts";

/**
 * Words with dots between them. No `~` and `/`: these make ids and paths of runs out of names. Results are kept as fields
 * under them, and no field may be called `__proto__`.
 */
const NAME = /^(?!__proto__$)[A-Za-z_][\w-]*(\.[A-Za-z_][\w-]*)*$/;
const LENGTH_MAX = 200;

/** `name` itself. @throws {@link TaskNameInvalidError} */
export function checkedName<N extends string>(what: NamedThing, name: N): N {
  if (typeof name !== "string" || name.length > LENGTH_MAX || !NAME.test(name)) {
    throw new TaskNameInvalidError(what, name);
  }
  return name;
}
