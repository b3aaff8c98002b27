/** The programs that a control plane is made of, each at the one version that the tests are written for. */

/** What can be looked up. */
export type BinaryName =
  | "etcd"
  | "kube-apiserver"
  | "kube-controller-manager"
  | "kube-proxy"
  | "kubectl"
  | "helm";

/** One program: its version, and where it can be had. */
export interface Pin {
  readonly version: string;
  /** Arguments that make it print its version. */
  readonly versionArgs: readonly string[];
  /** The folder under `binaries/` whose go.mod pins it as a tool. */
  readonly module: "kubernetes" | "helm";
  readonly goPackage: string;
  /** What `go build` names it. */
  readonly builtAs: string;
  /** The official release. */
  readonly release: Release;
}

/** A file to download, and the file with its SHA-256 sum; `{os}` and `{arch}` stand for Go's names of them. */
export interface Release {
  readonly url: string;
  readonly checksums: string;
  /** The path inside the archive; without it the download is the program itself. */
  readonly member?: string;
}

export const kubernetesVersion = "1.36.3";
const etcdVersion = "3.6.8";
const helmVersion = "4.3.1";

function kubernetes(name: BinaryName, versionArgs: readonly string[] = ["--version"]): Pin {
  const url = `https://dl.k8s.io/release/v${kubernetesVersion}/bin/{os}/{arch}/${name}`;
  return {
    version: kubernetesVersion,
    versionArgs,
    module: "kubernetes",
    goPackage: `k8s.io/kubernetes/cmd/${name}`,
    builtAs: name,
    release: { url, checksums: `${url}.sha256` },
  };
}

const etcdReleases = `https://github.com/etcd-io/etcd/releases/download/v${etcdVersion}`;
const helmArchive = `https://get.helm.sh/helm-v${helmVersion}-{os}-{arch}.tar.gz`;

export const pins: Readonly<Record<BinaryName, Pin>> = {
  etcd: {
    version: etcdVersion,
    versionArgs: ["--version"],
    module: "kubernetes",
    goPackage: "go.etcd.io/etcd/server/v3",
    builtAs: "server",
    release: {
      url: `${etcdReleases}/etcd-v${etcdVersion}-{os}-{arch}.tar.gz`,
      checksums: `${etcdReleases}/SHA256SUMS`,
      member: `etcd-v${etcdVersion}-{os}-{arch}/etcd`,
    },
  },
  "kube-apiserver": kubernetes("kube-apiserver"),
  "kube-controller-manager": kubernetes("kube-controller-manager"),
  "kube-proxy": kubernetes("kube-proxy"),
  kubectl: kubernetes("kubectl", ["version", "--client"]),
  helm: {
    version: helmVersion,
    versionArgs: ["version", "--short"],
    module: "helm",
    goPackage: "helm.sh/helm/v4/cmd/helm",
    builtAs: "helm",
    release: { url: helmArchive, checksums: `${helmArchive}.sha256sum`, member: "{os}-{arch}/helm" },
  },
};

const kubernetesLibrary = "k8s.io/component-base/version";
const [major, minor] = kubernetesVersion.split(".");

/** Linker settings by module: without them the programs report a development version, which clients refuse. */
export const linkerSettings: Readonly<Record<Pin["module"], readonly string[]>> = {
  kubernetes: [
    `-X ${kubernetesLibrary}.gitVersion=v${kubernetesVersion}`,
    `-X ${kubernetesLibrary}.gitMajor=${major}`,
    `-X ${kubernetesLibrary}.gitMinor=${minor}`,
  ],
  helm: [`-X helm.sh/helm/v4/internal/version.version=v${helmVersion}`],
};
