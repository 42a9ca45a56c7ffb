import { answerGroup } from "./answers.ts";
import { attemptGroup } from "./attempts.ts";
import { checkpointGroup } from "./checkpoints.ts";
import { controlGroup } from "./control.ts";
import { eventGroup } from "./events.ts";
import { graphGroup } from "./graphs.ts";
import type { Group } from "./group.ts";
import { payloadGroup } from "./payloads.ts";
import { runGroup } from "./runs.ts";
import { storedGroup } from "./stored.ts";
import { textGroup } from "./texts.ts";

/** Everything that reads what comes from outside. */
export const groups: readonly Group[] = [
  eventGroup,
  attemptGroup,
  storedGroup,
  controlGroup,
  payloadGroup,
  graphGroup,
  checkpointGroup,
  runGroup,
  answerGroup,
  textGroup,
];
