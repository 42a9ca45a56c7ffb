/**
 * Seeds that found something, with what it was. They run in every `pnpm test`. What they found has a test of its own, too: a seed
 * takes another course when what is drawn changes.
 */
export const keptSeeds: readonly (readonly [seed: number, found: string])[] = [
  [240, "an error of the blob store while a result was stored cost the task an attempt"],
  [503125, "the simulated log handed messages over by a read() that it had rejected"],
  [
    603415,
    "a state whose storing was reported as failed, and was not, brought its ended run back at the next takeover",
  ],
  [2003197, "a run that was cancelled while it was undone left what was undone for a redrive to keep"],
  [
    4008820,
    "an attempt that was stored, and refused when it was sent again since the queue was full, counted as not stored",
  ],
  [2005282, "an attempt was sent again on what the log had said before the broker was started anew"],
  [3003769, "the simulated clocks went on to run apart after the faults, until each retry waited for a minute"],
  [3006878, "a coordinator that had lost a run told of it in the middle to who knew how it had ended"],
  [3030567, "a run was redriven by each of two who were told of its end, the second time when all counted as done"],
  [3037845, "a coordinator whose clock was set back took its lease for renewed, and sent what another had sent"],
  [4045295, "an attempt of the owner before counted as never sent when there was no room for its input"],
  [4009107, "attempts that found no room were asked for so often that the log was full of markers"],
  [4071221, "what another coordinator had said of the round before ended the question after the next one"],
  [4116070, "the auditor took the node any.inner for a part of the node any, which had been taken over"],
  [4200142, "a torn run was redriven after all counted as done, and what came of it was taken for left behind"],
  [4240332, "a log and a lease were older than the state of a run, and the run passed over all that came"],
  [4400939, "an attempt that had come back into its queue kept its run waiting for an end that the log had lost"],
  [4602727, "an outcome was to stay after a second loss of power, with which all that showed the first one was gone"],
  [4703964, "a run whose state and graph were lost ended for nobody, as if its start were lost, too"],
  [
    4803559,
    "what a coordinator had found in the events of a run was lost before it was read, and was not asked for again",
  ],
];
