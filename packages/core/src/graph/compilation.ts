import { stepIndex } from "../language/flow-form.ts";
import type { FlowStepForm, Form, NameForm } from "../language/form.ts";
import { mergedOptions } from "../language/step-options.ts";
import type { InheritedOptions } from "../language/step-options.ts";
import type { TaskDefinition } from "../language/task-definition.ts";
import { addTask } from "./compiled-tasks.ts";
import { compositeNode, idOf, levelPartsOf, nestingIn } from "./composite-node.ts";
import type { CompositeForm, LevelPart } from "./composite-node.ts";
import {
  arrayExpr,
  constExpr,
  INPUT_REF,
  nodesReadBy,
  objectExpr,
  opExpr,
  refExpr,
  resolved,
  substituted,
} from "./expression.ts";
import type { Expr } from "./expression.ts";
import { peeled } from "./form-layers.ts";
import { GraphBudget } from "./graph-budget.ts";
import { GraphLevel, joinedEnds, unionOf } from "./graph-level.ts";
import type { Point } from "./graph-level.ts";
import type { Graph, NodeTiming } from "./graph.ts";
import { isJoinCheaper, joinNode } from "./join-node.ts";
import { asArguments } from "./step-input.ts";

/** What surrounds a form: where its nodes go, and what is said about them further out. */
interface Surroundings {
  readonly level: GraphLevel;
  /** How many levels are around it. */
  readonly depth: number;
  /** How many lists and objects of the stored graph are around a node of this level. */
  readonly nesting: number;
  /** From the composites around it; weaker than a task's own. */
  readonly inherited: InheritedOptions;
  /** The input is a list, and the task at hand runs for each of its items. */
  readonly each?: true | undefined;
}

/** What is said about one composite, and nothing inside it. */
interface Said {
  readonly name: NameForm | undefined;
  readonly timing: NodeTiming | undefined;
  /** Of a map, by `.with()` on the map itself. */
  readonly concurrency?: number | undefined;
}

/** The document, its list of nodes, and the node. */
const NESTING_OF_NODES = 3;

/**
 * One compilation. Work that is still to be done is on a stack of its own, so that a chain of any length and any nesting
 * of canvases needs no deep call stack. Each piece of work leaves the point that it reached in `#at`.
 */
export class Compilation {
  readonly tasks = new Map<string, TaskDefinition>();
  readonly #work: (() => void)[] = [];
  readonly #name: string;
  readonly #budget: GraphBudget;
  #at: Point = { out: refExpr(INPUT_REF), ends: [] };

  constructor(name: string) {
    this.#name = name;
    this.#budget = new GraphBudget(name);
  }

  compile(form: Form): Graph {
    const level = new GraphLevel(`'${this.#name}'`);
    this.#visit(form, { level, depth: 0, nesting: NESTING_OF_NODES, inherited: {} });
    for (let work = this.#work.pop(); work !== undefined; work = this.#work.pop()) work();
    this.#budget.spend(0, this.#at.out, NESTING_OF_NODES);
    return level.graph(this.#at.out);
  }

  /** Goes on from `#at` through `form`. */
  #visit(form: Form, around: Surroundings): void {
    const { body, at, own, name, timing, hasArguments, isScope } = peeled(form, this.#at);
    const inside = (): Surroundings => ({ ...around, inherited: mergedOptions(around.inherited, own) });
    if (isScope) {
      this.#visitAsScope(body, at, inside(), { name, timing });
      return;
    }
    switch (body.kind) {
      case "task": {
        const { task } = body;
        const input = hasArguments || around.each ? at.out : asArguments(at.out, task.arity);
        const { concurrency: _, ...options } = mergedOptions<InheritedOptions>(
          mergedOptions(around.inherited, task.options),
          own,
        );
        addTask(this.tasks, task);
        this.#budget.spend(1, input, around.nesting);
        const said = {
          ...(Object.keys(options).length === 0 ? {} : { options }),
          ...((task.timing ?? timing) ? { timing: { ...task.timing, ...timing } } : {}),
          ...(around.each ? { each: true as const } : {}),
        };
        this.#at = around.level.add({ kind: "task", task: task.name, input, ...said }, at.ends, name);
        return;
      }
      case "select":
        this.#at = { out: substituted(body.template, at.out), ends: at.ends };
        return;
      case "chain":
        this.#at = at;
        this.#visitChain(body.steps, inside());
        return;
      case "group":
        this.#at = at;
        this.#joinIfCostly(body.entries, around);
        this.#visitGroup(body, inside());
        return;
      case "flow":
        this.#at = at;
        this.#joinIfCostly(body.entries, around);
        this.#visitFlow(body, inside());
        return;
      case "choose":
        this.#visitChoose(body, at, inside(), { name, timing });
        return;
      default:
        this.#visitComposite(body, at, inside(), { name, timing, concurrency: own.concurrency });
        return;
    }
  }

  /** A composite of several nodes becomes one when something is said about it as a whole. */
  #visitAsScope(body: Form, at: Point, around: Surroundings, { name, timing }: Said): void {
    if (body.kind !== "workflow") {
      this.#visitComposite({ kind: "scope", body, label: body.label, entries: 1 }, at, around, { name, timing });
      return;
    }
    // What the workflow says of its time is said; what is inside it says the rest.
    const { timing: own, ...inner } = body;
    const said = own === undefined ? timing : { ...own, ...timing };
    this.#visitComposite({ kind: "scope", body: inner, label: body.label, entries: 1 }, at, around, {
      name,
      timing: said,
    });
  }

  /** After the piece of work at hand: a direct call would nest as deep as the canvas does. */
  #visitLater(form: Form, around: Surroundings): void {
    this.#work.push(() => this.#visit(form, around));
  }

  #visitChain(steps: readonly Form[], around: Surroundings): void {
    let next = 0;
    const step = (): void => {
      const form = steps[next++];
      if (form === undefined) return;
      if (next < steps.length) this.#work.push(step);
      this.#visitLater(form, around);
    };
    step();
  }

  #visitGroup(group: Form & { kind: "group" }, around: Surroundings): void {
    const start = this.#at;
    const done: Point[] = [];
    const { members, keys } = group;
    const member = (): void => {
      if (done.length < members.length) {
        this.#work.push(collect);
        this.#at = start;
        this.#visitLater(members[done.length] as Form, around);
        return;
      }
      const outs = done.map((point) => point.out);
      const out = keys ? objectExpr(Object.fromEntries(keys.map((key, i) => [key, outs[i] as Expr]))) : arrayExpr(outs);
      this.#at = { out: constantIfEmpty(out, outs), ends: joinedEnds(start.ends, done) };
    };
    const collect = (): void => {
      done.push(this.#at);
      member();
    };
    member();
  }

  /** Each step begins at what it reads; the flow ends where its output stands and no step is left. */
  #visitFlow(flow: Form & { kind: "flow" }, around: Surroundings): void {
    const start = this.#at;
    const done: Point[] = [];
    const { steps } = flow;
    const endsOf = (fromStart: boolean, sources: Iterable<number>): readonly string[] =>
      unionOf([...(fromStart ? [start.ends] : []), ...Array.from(sources, (i) => (done[i] as Point).ends)]);
    const read = (template: Expr): Expr =>
      resolved(template, (ref) => (ref === INPUT_REF ? start.out : (done[stepIndex(ref)] as Point).out));
    const step = (): void => {
      const next = steps[done.length];
      if (next !== undefined) {
        this.#work.push(collect);
        this.#at = { out: read(next.input), ends: endsOf(next.fromStart, next.sources) };
        this.#visitLater(next.body, around);
        return;
      }
      const last = new Set(flow.outputSources);
      for (const [i, { isRead }] of steps.entries()) if (!isRead) last.add(i);
      this.#at = { out: read(flow.output), ends: endsOf(flow.outputFromStart || last.size === 0, last) };
    };
    const collect = (): void => {
      this.#joinIfCostly((steps[done.length] as FlowStepForm).readers, around);
      done.push(this.#at);
      step();
    };
    step();
  }

  /** A selector that is a canvas stands before the choice, as nodes of the same level. */
  #visitChoose(choose: Form & { kind: "choose" }, at: Point, around: Surroundings, said: Said): void {
    const { selector } = choose;
    if (selector.kind === "select") {
      this.#visitComposite(choose, at, around, said, substituted(selector.template, at.out));
      return;
    }
    this.#at = at;
    this.#joinIfCostly(choose.entries, around);
    const start = this.#at;
    this.#work.push(() => {
      const { out, ends } = this.#at;
      const needs = ends === start.ends ? ends : [...new Set([...nodesReadBy(start.out), ...ends])];
      this.#visitComposite(choose, { out: start.out, ends: needs }, around, said, out);
    });
    this.#visitLater(selector, around);
  }

  /** Compiles the levels inside, then adds the node. `on` is what a choice is made by. */
  #visitComposite(form: CompositeForm, at: Point, around: Surroundings, said: Said, on?: Expr): void {
    const parts = levelPartsOf(form);
    const inner = {
      ...around,
      nesting: around.nesting + nestingIn(form),
      each: form.kind === "map" ? form.each : undefined,
    };
    this.#visitLevels(parts, inner, (levels) => {
      const concurrency = form.kind === "map" ? this.#windowOf(form, around, said) : undefined;
      const node = compositeNode(form, {
        input: at.out,
        levels,
        ...(on === undefined ? {} : { on }),
        concurrency,
        timing: said.timing,
      });
      this.#budget.spend(1, at.out, around.nesting);
      if (on !== undefined) this.#budget.spend(0, on, around.nesting);
      if (form.kind === "loop") this.#budget.spend(0, form.until, around.nesting);
      const { out, ends } = around.level.add(node, at.ends, said.name, idOf(form));
      this.#at = { out: form.kind === "map" && form.flat ? opExpr("flat", out) : out, ends };
    });
  }

  #windowOf(map: Form & { kind: "map" }, around: Surroundings, { concurrency }: Said): number | undefined {
    return concurrency ?? map.concurrency ?? around.inherited.concurrency;
  }

  /** Compiles each of `parts` as a level of its own, in which `$in` is what the level is given; `around` is that of the levels. */
  #visitLevels(parts: readonly LevelPart[], around: Surroundings, done: (levels: readonly Graph[]) => void): void {
    const depth = around.depth + 1;
    if (parts.length > 0) this.#budget.enter(depth);
    const levels: Graph[] = [];
    const next = (): void => {
      const part = parts[levels.length];
      if (part === undefined) {
        done(levels);
        return;
      }
      const level = new GraphLevel(part.place);
      this.#work.push(() => {
        this.#budget.spend(0, this.#at.out, around.nesting);
        levels.push(level.graph(this.#at.out));
        next();
      });
      this.#at = { out: refExpr(INPUT_REF), ends: [] };
      this.#visitLater(part.form, { ...around, level, depth });
    };
    next();
  }

  /** For a point that `readers` nodes read: no more edges and parts than the two of them together are worth. */
  #joinIfCostly(readers: number, around: Surroundings): void {
    if (!isJoinCheaper(this.#at, readers)) return;
    const node = joinNode(this.#at.out);
    this.#budget.spend(1, node.over, around.nesting);
    const { ends } = around.level.add(node, this.#at.ends, undefined, "join");
    this.#at = { out: refExpr(ends[0] as string, [0]), ends };
  }
}

function constantIfEmpty(out: Expr, outs: readonly Expr[]): Expr {
  if (outs.length > 0) return out;
  return constExpr("array" in out ? [] : {});
}
