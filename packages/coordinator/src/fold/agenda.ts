import { endItem } from "./end-item.ts";
import type { FoldContext } from "./fold-context.ts";
import { beginNextItem, openMap } from "./open-map.ts";
import { succeed } from "./succeed.ts";
import { isRunEnded } from "../run/run-machine.ts";

/** Works off what follows from an event, first in, first out, until nothing follows any more. */
export function workOff(context: FoldContext): void {
  const { agenda, run } = context;
  for (let i = 0; !isRunEnded(run.life); i++) {
    const one = agenda[i];
    if (one === undefined) {
      i--;
      if (beginNextItem(context)) continue;
      return;
    }
    switch (one.todo) {
      case "open":
        openMap(context, one.node);
        break;
      case "succeed":
        succeed(context, one.node, one.value);
        break;
      case "end-item":
        endItem(context, one.scope, one.item);
        break;
    }
  }
}
