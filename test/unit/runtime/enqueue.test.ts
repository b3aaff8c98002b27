import { expect, test } from "@jest/globals";
import type { KubeObject } from "../../../src/api/meta.ts";
import type { InformerHandler } from "../../../src/runtime/cache/informer.ts";
import { enqueue } from "../../../src/runtime/enqueue.ts";
import { createWorkQueue } from "../../../src/runtime/queue/work-queue.ts";

const object = (name: string, owner = name): KubeObject => ({
  metadata: { namespace: "shop", name, labels: { owner } },
});

/** An informer that tells what the test tells it. */
function source() {
  const handlers = new Set<InformerHandler<KubeObject>>();
  return {
    handlers,
    on(handler: InformerHandler<KubeObject>) {
      handlers.add(handler);
      return () => void handlers.delete(handler);
    },
    tell: (what: (handler: InformerHandler<KubeObject>) => void) => {
      for (const handler of handlers) what(handler);
    },
  };
}

async function waiting(queue: ReturnType<typeof createWorkQueue>): Promise<string[]> {
  const keys: string[] = [];
  while (queue.length > 0) {
    const key = (await queue.take()) as string;
    keys.push(key);
    queue.done(key);
  }
  return keys;
}

test("what changes goes before what was there at the start", async () => {
  const informer = source();
  const queue = createWorkQueue();
  enqueue(informer, queue);
  informer.tell((handler) => handler.add?.(object("old"), { initial: true }));
  informer.tell((handler) => handler.add?.(object("new"), { initial: false }));
  informer.tell((handler) => handler.update?.(object("changed"), object("changed")));
  informer.tell((handler) => handler.delete?.(object("gone")));
  expect(await waiting(queue)).toEqual(["shop/new", "shop/changed", "shop/gone", "shop/old"]);
});

test("an object that moves from one owner to another concerns both", async () => {
  const informer = source();
  const queue = createWorkQueue();
  const off = enqueue(informer, queue, ({ metadata }) => [`shop/${metadata.labels?.owner}`]);
  informer.tell((handler) => handler.update?.(object("slice", "web"), object("slice", "api")));
  expect(await waiting(queue)).toEqual(["shop/web", "shop/api"]);
  off();
  expect(informer.handlers.size).toBe(0);
});
