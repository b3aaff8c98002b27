/** The machine's platform under the names that Go and the release pages use. */

const architectures: Readonly<Record<string, string>> = {
  x64: "amd64",
  arm: "arm",
  arm64: "arm64",
  ppc64: "ppc64le",
  s390x: "s390x",
};

/** For example `linux` and `amd64`. */
export function hostPlatform(): { readonly os: string; readonly arch: string } {
  return {
    os: process.platform === "win32" ? "windows" : process.platform,
    arch: architectures[process.arch] ?? process.arch,
  };
}
