import { nats, permissionsFor, type PermissionsOptions } from "@arpeggio/transport-nats";
import type { TransportProvider } from "@arpeggio/core";

/** Users of one server, each with the permissions of its role and nothing else. */
export const roles = {
  provisioner: { role: "provisioner" },
  clientA: { role: "client", clientId: "a" },
  clientB: { role: "client", clientId: "b" },
  workerCpu: { role: "worker", queues: ["cpu"] },
  workerIo: { role: "worker", queues: ["io"] },
  coordinator: { role: "coordinator" },
  operator: { role: "operator" },
  observer: { role: "observer" },
} as const satisfies Readonly<Record<string, PermissionsOptions>>;
export type User = keyof typeof roles;
export const users = Object.keys(roles) as readonly User[];

/** Lines for the server's configuration; JSON is valid there. */
export const usersConfig = `authorization { users: [
${users
  .map((user) => {
    const { publish, subscribe } = permissionsFor(roles[user]);
    return `  { user: "${user}", password: "p", permissions: ${JSON.stringify({ publish, subscribe })} }`;
  })
  .join("\n")}
] }`;

export function as(user: User, servers: string, onWarning: (text: string) => void): TransportProvider {
  return nats({ servers, user, pass: "p", inboxPrefix: permissionsFor(roles[user]).inboxPrefix, onWarning });
}
