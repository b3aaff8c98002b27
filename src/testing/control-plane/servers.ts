/** The command lines of the servers of a control plane. Knows flags, and nothing of processes. */

/** The servers that can run. */
export type ServerName = "etcd" | "kube-apiserver" | "kube-controller-manager";

/** Further or other flags by server: `--name=value`; a flag given here replaces ours of the same name. */
export type ExtraFlags = Readonly<Partial<Record<ServerName, readonly string[]>>>;

/** Where things are on this machine. */
export interface Layout {
  readonly directory: string;
  /** Where the API server listens. */
  readonly address: string;
  readonly etcdPort: number;
  readonly peerPort: number;
  readonly apiPort: number;
  readonly withControllerManager: boolean;
}

/** Files inside the directory of a control plane. */
export const files = {
  etcdData: "etcd",
  certificates: "certificates",
  certificate: "certificates/apiserver.crt",
  signingKey: "service-account.key",
  verifyKey: "service-account.pub",
  tokens: "tokens.csv",
  kubeconfig: "kubeconfig",
} as const;

export function etcdFlags(at: Layout): string[] {
  const client = `http://127.0.0.1:${at.etcdPort}`;
  const peer = `http://127.0.0.1:${at.peerPort}`;
  return [
    "--name=fairlead",
    `--data-dir=${at.directory}/${files.etcdData}`,
    `--listen-client-urls=${client}`,
    `--advertise-client-urls=${client}`,
    `--listen-peer-urls=${peer}`,
    `--initial-advertise-peer-urls=${peer}`,
    `--initial-cluster=fairlead=${peer}`,
    "--log-level=warn",
    // The data is thrown away with the directory; waiting for the disk would only cost time.
    "--unsafe-no-fsync",
  ];
}

export function apiServerFlags(at: Layout): string[] {
  const inside = (file: string) => `${at.directory}/${file}`;
  return [
    `--etcd-servers=http://127.0.0.1:${at.etcdPort}`,
    `--bind-address=${at.address}`,
    `--advertise-address=${at.address}`,
    `--secure-port=${at.apiPort}`,
    `--cert-dir=${inside(files.certificates)}`,
    `--token-auth-file=${inside(files.tokens)}`,
    `--service-account-key-file=${inside(files.verifyKey)}`,
    `--service-account-signing-key-file=${inside(files.signingKey)}`,
    "--service-account-issuer=https://kubernetes.default.svc",
    "--service-cluster-ip-range=10.96.0.0/16,fd00:10:96::/112",
    "--authorization-mode=RBAC",
    "--allow-privileged",
    // A loopback address is refused as an endpoint of the kubernetes Service, so nobody is to write one.
    "--endpoint-reconciler-type=none",
    // Without the controller manager nobody makes the ServiceAccounts that this plug-in asks of every Pod.
    ...(at.withControllerManager ? [] : ["--disable-admission-plugins=ServiceAccount"]),
  ];
}

export function controllerManagerFlags(at: Layout): string[] {
  const inside = (file: string) => `${at.directory}/${file}`;
  return [
    `--kubeconfig=${inside(files.kubeconfig)}`,
    `--service-account-private-key-file=${inside(files.signingKey)}`,
    `--root-ca-file=${inside(files.certificate)}`,
    "--leader-elect=false",
    "--secure-port=0",
    // As in a real cluster: each controller acts as its own ServiceAccount, and policies can tell them from people.
    "--use-service-account-credentials=true",
    // No kubelet renews Leases here: Nodes that a test makes would all turn NotReady.
    "--controllers=*,-node-lifecycle-controller",
  ];
}

/** Puts the caller's flags over ours. */
export function withExtra(flags: readonly string[], extra: readonly string[] = []): string[] {
  const replaced = new Set(extra.map(flagName));
  return [...flags.filter((flag) => !replaced.has(flagName(flag))), ...extra];
}

function flagName(flag: string): string {
  return flag.split("=", 1)[0] ?? flag;
}
