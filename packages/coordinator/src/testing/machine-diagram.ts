interface DrawableMachine {
  readonly config: { readonly initial?: unknown };
  readonly states: Readonly<Record<string, { readonly type: string; readonly config: { readonly on?: unknown } }>>;
}

/** A machine as a Mermaid state diagram: every transition by its event. */
export function diagramOf(machine: DrawableMachine): string {
  const lines = ["stateDiagram-v2", `  [*] --> ${String(machine.config.initial)}`];
  for (const [state, node] of Object.entries(machine.states)) {
    for (const [event, target] of Object.entries((node.config.on ?? {}) as Record<string, string>)) {
      lines.push(`  ${state} --> ${target}: ${event}`);
    }
    if (node.type === "final") lines.push(`  ${state} --> [*]`);
  }
  return lines.join("\n");
}
