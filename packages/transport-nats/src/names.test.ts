import { expect, test } from "vitest";
import { bandOf, namesOf, priorityOfAttempt } from "./names.ts";

test("every priority has its band", () => {
  const all = Array.from({ length: 10 }, (_, priority) => bandOf(priority));
  expect(all.join(" ")).toBe("low low low normal normal normal normal high high high");
});

test("names begin with the prefix", () => {
  const names = namesOf("shop");
  expect(names.events.stream).toBe("SHOP_EVENTS");
  expect(names.events.claim(3, "run1")).toBe("shop.ev.3.client.run1");
  expect(names.attempts.stream).toBe("SHOP_TASKS");
  expect(names.attempts.consumer("images", "high")).toBe("q_images_high");
  expect(names.bucket("dead-letters")).toEqual({
    bucket: "shop_dead_letters",
    stream: "KV_shop_dead_letters",
    keyPrefix: "$KV.shop_dead_letters.",
  });
  expect(names.blobs.stream).toBe("OBJ_shop_blobs");
  expect(names.bus("ctl.abort")).toBe("shop.bus.ctl.abort");
});

test("an attempt's subject is matched by the filters of its band and its run, and names its priority", () => {
  const { attempts } = namesOf("arp");
  const subject = attempts.subject("images", 8, "run1");
  expect(subject).toBe("arp.task.images.high.8.run1");
  expect(priorityOfAttempt(subject)).toBe(8);
  expect(attempts.ofBand("images", "high")).toBe("arp.task.images.high.>");
  expect(attempts.ofRun("images", "run1")).toBe("arp.task.images.*.*.run1");
});

test("a message's subject says who stored it", () => {
  const { events } = namesOf("arp");
  expect(events.pack(0, "worker")).toBe("arp.ev.0.worker");
  for (const origin of ["client", "worker", "coordinator"] as const) {
    expect(events.originOf(events.pack(13, origin))).toBe(origin);
  }
  expect(events.originOf(events.pack(0))).toBeUndefined();
  expect(events.originOf(events.claim(0, "worker"))).toBe("client");
});

test("names that would change a subject's meaning are refused", () => {
  const { attempts, events } = namesOf("arp");
  const invalid = expect.objectContaining({ code: "NAME_INVALID" }) as Error;
  for (const name of ["", "a.b", "*", ">", "a b", "ä"]) {
    expect(() => attempts.subject(name, 5, "r")).toThrow(invalid);
    expect(() => attempts.subject("q", 5, name)).toThrow(invalid);
    expect(() => attempts.ofRun("q", name)).toThrow(invalid);
    expect(() => events.claim(0, name)).toThrow(invalid);
  }
});

test("blob keys are encoded as the object store does", () => {
  // Names with bytes that plain base64 would write as '+' and '/'.
  expect(namesOf("arp").blobs.meta("a/b ?>~")).toBe("$O.arp_blobs.M.YS9iID8-fg==");
});
