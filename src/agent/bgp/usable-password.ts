/** Whether what a Secret says can be the password of a session. Pure. */
import type { Password } from "./input.ts";

export function usablePassword(password: Password): Password {
  // TCP_MD5SIG_MAXKEYLEN of Linux; spaces and control characters can't be written in a configuration.
  if (!password.ok || /^[!-~]{1,80}$/.test(password.text)) return password;
  const ending = password.text.endsWith("\n") ? ", and ends with a line break" : "";
  return {
    ok: false,
    message: `has a password that is not 1 to 80 printable ASCII characters without spaces${ending}`,
  };
}
