/** Lengths of time as users write them: whole hours, minutes and seconds, such as `90s` or `1m30s`. */

/** What a length of time looks like, for both sides: hours, minutes, seconds, each at most once and in this order. */
export const durationPattern = "^([0-9]{1,5}h)?([0-9]{1,5}m)?([0-9]{1,5}s)?$";

const parts = /^(?:(\d{1,5})h)?(?:(\d{1,5})m)?(?:(\d{1,5})s)?$/;

/** Seconds in `90s`, `2m` or `1h30m`; undefined where the text is no length of time. */
export function secondsIn(text: string): number | undefined {
  const match = text === "" ? null : parts.exec(text);
  if (match === null) return undefined;
  const [, hours = "0", minutes = "0", seconds = "0"] = match;
  return Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds);
}
