/** A control plane for the tests of one file, which may stop, pause and fill it as they like. */
import { afterAll, beforeAll } from "@jest/globals";
import {
  type ControlPlane,
  type ControlPlaneOptions,
  startControlPlane,
} from "../../../src/testing/control-plane/control-plane.ts";

/** Registers hooks that start a control plane before the tests of the enclosing block and end it after them; gives a function to get it. */
export function ownControlPlane(options: ControlPlaneOptions = {}): () => ControlPlane {
  let running: ControlPlane | undefined;
  beforeAll(async () => {
    running = await startControlPlane(options);
  });
  afterAll(async () => {
    await running?.stop();
  });
  return () => {
    if (running === undefined) throw new Error("The control plane runs within tests and hooks only");
    return running;
  };
}
