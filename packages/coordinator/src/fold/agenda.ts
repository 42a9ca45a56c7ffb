import { undoNext } from "./compensate.ts";
import { beginNextItem } from "./composites/open-map.ts";
import { endItem } from "./end-item.ts";
import type { FoldContext } from "./fold-context.ts";
import { openNode } from "./open-node.ts";
import { partEnded, partSucceeded } from "./part-events.ts";
import { beginPart } from "./start-item.ts";
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
        openNode(context, one.node);
        break;
      case "begin":
        beginPart(context, one.scope);
        break;
      case "succeed":
        succeed(context, one.node, one.value);
        break;
      case "end-item":
        endItem(context, one.scope, one.item);
        break;
      case "part-value":
        partSucceeded(context, one.scope, one.value);
        break;
      case "part-end":
        partEnded(context, one.scope, one.item, one.end);
        break;
      case "undo":
        undoNext(context, one.part);
        break;
    }
  }
}
