import type { Client } from "@arpeggio/client";
import type { Actor } from "./actor.ts";

/** A client in one of its lives. */
export interface ClientProcess {
  readonly client: Client;
  /** Of its place, counted from 1. */
  readonly number: number;
  readonly actor: Actor;
}
