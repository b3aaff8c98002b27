import { describe, expect, test } from "@jest/globals";
import type { Service } from "../../../../src/api/kubernetes.ts";
import type { LoadBalancer } from "../../../../src/api/load-balancer.ts";
import { finalizer } from "../../../../src/api/names.ts";
import type { Dependencies } from "../../../../src/controllers/dependencies.ts";
import { secure } from "../../../../src/controllers/load-balancer/secure.ts";
import { loadBalancer, service } from "../../core/objects.ts";

/** A cluster of one Service, that takes patches of a LoadBalancer and notes them down. */
function cluster(owner: Service | undefined) {
  const patches: unknown[] = [];
  const deps = {
    informers: { services: { get: () => owner }, loadBalancers: { observe: () => true } },
    client: {
      patch: (_resource: unknown, _ref: unknown, body: { metadata: object }) => {
        patches.push(body);
        return Promise.resolve({
          ...loadBalancer(),
          metadata: { ...loadBalancer().metadata, ...body.metadata },
        });
      },
    },
  } as unknown as Dependencies;
  return { deps, patches };
}

const signal = new AbortController().signal;
const withFinalizer = (lb: LoadBalancer): LoadBalancer => ({
  ...lb,
  metadata: { ...lb.metadata, finalizers: [finalizer] },
});

const begun = (): LoadBalancer => ({ ...loadBalancer(), status: { addresses: [{ hostname: "a.example" }] } });

describe("nothing is begun outside the cluster", () => {
  test.each([
    ["while the Service has no finalizer of ours", service()],
    ["while the Service is not there", undefined],
    [
      "for a Service of the same name that is another one",
      service({}, { uid: "another", finalizers: [finalizer] }),
    ],
  ])("%s", async (_when, owner) => {
    const { deps, patches } = cluster(owner);
    expect(await secure(deps, withFinalizer(loadBalancer()), signal)).toEqual({ is: "waiting" });
    expect(patches).toEqual([]);
  });

  test("before the LoadBalancer has the finalizer too", async () => {
    const { deps, patches } = cluster(service({}, { finalizers: [finalizer] }));
    expect(await secure(deps, loadBalancer(), signal)).toMatchObject({
      is: "secured",
      lb: { metadata: { finalizers: [finalizer] } },
    });
    expect(patches).toHaveLength(1);
  });
});

describe("one for which something was made", () => {
  test("is served on while its Service lacks the finalizer, with its own put back", async () => {
    const { deps, patches } = cluster(service());
    expect(await secure(deps, begun(), signal)).toMatchObject({ is: "secured" });
    expect(patches).toMatchObject([{ metadata: { finalizers: [finalizer] } }]);
  });

  test.each([
    ["that is gone", undefined],
    ["that is another one now", service({}, { uid: "another", finalizers: [finalizer] })],
  ])("is not taken for unwanted on account of a Service %s", async (_how, owner) => {
    const { deps, patches } = cluster(owner);
    expect(await secure(deps, begun(), signal)).toEqual({ is: "going" });
    expect(patches).toEqual([]);
  });
});

test("what has all its finalizers costs no write, and neither does one without Service", async () => {
  const { deps, patches } = cluster(service({}, { finalizers: [finalizer] }));
  for (const lb of [withFinalizer(loadBalancer()), withFinalizer(loadBalancer({ byHand: true }))]) {
    expect(await secure(deps, lb, signal)).toEqual({ is: "secured", lb });
  }
  expect(patches).toEqual([]);
});
