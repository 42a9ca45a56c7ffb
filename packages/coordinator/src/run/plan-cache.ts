import type { Plan } from "./plan.ts";

/** The plans that were used last, by the hash of their graph. Runs keep their own plan alive; this only saves planning. */
export class PlanCache {
  private readonly plans = new Map<string, Plan>();
  private readonly plansMax: number;

  constructor(plansMax: number) {
    this.plansMax = plansMax;
  }

  get(hash: string): Plan | undefined {
    return this.plans.get(hash);
  }

  add(plan: Plan): void {
    this.plans.set(plan.hash, plan);
    if (this.plans.size <= this.plansMax) return;
    // Oldest first: a Map keeps the order of insertion.
    for (const hash of this.plans.keys()) {
      this.plans.delete(hash);
      return;
    }
  }
}
