import type { AnyCanvas, Out } from "./any-canvas.ts";
import type { Canvas } from "./canvas.ts";
import { asCanvas, CanvasValue } from "./canvas-value.ts";
import type { BranchesForm } from "./composite-form.ts";
import { someMemberForms } from "./members.ts";
import { checkedInteger } from "./option-check.ts";
import type { GroupIn, MemberOf, Members } from "./step-check.ts";

/** The members themselves where there are some; else the message. */
type Some<G extends Members, Name extends string> = [MemberOf<G>] extends [never] ? SomeNever<G, Name> : G;
// Members that were cast to never are members, too.
type SomeNever<G extends Members, Name extends string> = G extends readonly [unknown, ...unknown[]]
  ? G
  : [Exclude<keyof G, keyof (readonly unknown[])>] extends [never]
    ? NoMembers<Name>
    : G;
type NoMembers<Name extends string> = `✖ ${Name} needs a member: of none, nothing could ever end it`;
type OutOfAny<G extends Members> = MemberOf<G> extends infer M extends AnyCanvas ? Out<M> : never;

/**
 * Side by side, each with the same input, until the first ends: its result is the result, its failure the failure. The others
 * are cancelled.
 *
 * ```ts
 * race([answerOfPerson, sleep("1d").pipe(defaultAnswer)]);
 * ```
 *
 * @throws CanvasExpectedError, GroupKeyInvalidError, BranchesEmptyError
 */
export function race<const G extends Members>(members: Some<G, "race">): Canvas<GroupIn<G>, OutOfAny<G>, "race"> {
  return asCanvas(new CanvasValue(branchesForm("race", "ended", members)));
}

/**
 * Side by side, each with the same input, until the first succeeds: its result is the result, and the others are cancelled. It
 * fails with `ALL_BRANCHES_FAILED` when all have failed.
 *
 * ```ts
 * any([fetchFrom("mirror-a"), fetchFrom("mirror-b")]);
 * ```
 *
 * @throws CanvasExpectedError, GroupKeyInvalidError, BranchesEmptyError
 */
export function any<const G extends Members>(members: Some<G, "any">): Canvas<GroupIn<G>, OutOfAny<G>, "any"> {
  return asCanvas(new CanvasValue(branchesForm("any", "succeeded", members)));
}

/**
 * Side by side, each with the same input, until `count` of them have succeeded: the result is the list of their values, in the order
 * of the members, and the others are cancelled. It fails with `QUORUM_NOT_REACHED` as soon as too many have failed.
 *
 * ```ts
 * quorum(2, [writeTo.s({ site: "a" }), writeTo.s({ site: "b" }), writeTo.s({ site: "c" })]);
 * ```
 *
 * @throws CanvasExpectedError, GroupKeyInvalidError, BranchesEmptyError, and OptionInvalidError for a count that is no integer from 1
 * to the number of members.
 */
export function quorum<const G extends Members>(
  count: number,
  members: Some<G, "quorum">,
): Canvas<GroupIn<G>, OutOfAny<G>[], "quorum"> {
  const form = branchesForm("quorum", "quorum", members);
  const needed = checkedInteger("the count of quorum()", count, 1, form.members.length);
  return asCanvas(new CanvasValue(Object.freeze({ ...form, count: needed })));
}

function branchesForm(label: string, until: BranchesForm["until"], members: unknown): BranchesForm {
  return Object.freeze({ kind: "branches", ...someMemberForms(label, members), until, label, entries: 1 });
}
