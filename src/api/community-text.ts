/** BGP communities as users write them. */

/** Communities that have a name of their own, and their values: RFC 1997, 3765, 7999, 8326. */
export const wellKnownCommunities: Readonly<Record<string, string>> = {
  "graceful-shutdown": "65535:0",
  blackhole: "65535:666",
  "no-export": "65535:65281",
  "no-advertise": "65535:65282",
  "no-export-subconfed": "65535:65283",
  "no-peer": "65535:65284",
};

const alias = /^[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$/;
const number = "(0|[1-9][0-9]{0,9})";

/** The same as patterns for CEL; numbers are compared apart. */
export const communityPatterns = {
  alias: alias.source,
  plain: `^${number}:${number}$`,
  large: `^large:${number}:${number}:${number}$`,
};

/** Whether the text is a community by its numbers: `a:b` of 16 bits each (RFC 1997), or `large:a:b:c` of 32 bits each (RFC 8092). */
export function isCommunityValue(text: string): boolean {
  const within = (pattern: string, most: number) =>
    new RegExp(pattern)
      .exec(text)
      ?.slice(1)
      .every((part) => Number(part) <= most) ?? false;
  return within(communityPatterns.plain, 65535) || within(communityPatterns.large, 4294967295);
}

/** Whether the text can be the name of a community in an object of kind Community: no value, and not one with a meaning already. */
export function isCommunityAlias(text: string): boolean {
  return alias.test(text) && !isWellKnownCommunity(text);
}

/** Whether the text is one of the names that RFCs give. */
export function isWellKnownCommunity(text: string): boolean {
  return Object.hasOwn(wellKnownCommunities, text);
}
