/** More clients than a security group has rules for: told with the number and with what AWS allows. */
import { expect, test } from "@jest/globals";
import { isCloudError } from "../../../../../src/core/plan/cloud-error.ts";
import { arranged, errorsOf } from "./arranged.ts";

const at = arranged();
const ranges = (count: number) => Array.from({ length: count }, (_, index) => `10.1.${index}.0/24`);

test("source ranges beyond the quota are told with their number, when it is made and when it is edited", async () => {
  const here = at();
  const made = await here.apply(here.stack({ name: "other", spec: { sourceRanges: ranges(100) } }));
  await here.settle(here.stack({ spec: { sourceRanges: ranges(50) } }));
  const edited = await here.apply(here.stack({ spec: { sourceRanges: ranges(100) } }));
  for (const { execution } of [made, edited]) {
    const [error] = errorsOf(execution);
    expect(isCloudError(error) && error.class).toBe("quota");
    expect(String(error)).toContain("100 inbound rules (100 for IPv4, 0 for IPv6)");
    expect(String(error)).toContain("AWS allows 60");
  }
});
