import { expect, test } from "@jest/globals";
import { withExtra } from "../../../../src/testing/control-plane/servers.ts";

test("a flag of the caller takes the place of ours and may be given several times", () => {
  const flags = withExtra(["--a=1", "--b=2"], ["--b=3", "--b=4", "--c"]);
  expect(flags).toEqual(["--a=1", "--b=3", "--b=4", "--c"]);
});
