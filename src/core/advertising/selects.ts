/** What advertisements and peers select: by name or label, and everything where they say nothing. Pure. */
import type { LabelSelector } from "../../api/meta.ts";
import { matchesLabelSelector } from "../label-selector.ts";

type Labels = Readonly<Record<string, string>> | undefined;

export interface PoolSelection {
  readonly ipAddressPools?: readonly string[] | undefined;
  readonly ipAddressPoolSelectors?: readonly LabelSelector[] | undefined;
}

export interface NodeSelection {
  readonly nodeSelectors?: readonly LabelSelector[] | undefined;
}

export interface ServiceSelection {
  readonly serviceSelectors?: readonly LabelSelector[] | undefined;
}

/** Named, or selected by any of the selectors; every pool where there is neither. */
export function selectsPool(
  { ipAddressPools: names = [], ipAddressPoolSelectors: selectors = [] }: PoolSelection,
  pool: { readonly name?: string | undefined; readonly labels?: Labels },
): boolean {
  if (names.length === 0 && selectors.length === 0) return true;
  return names.includes(pool.name ?? "") || selectors.some((each) => matchesLabelSelector(each, pool.labels));
}

/** Selected by any of the selectors; every node where there is none. */
export function selectsNode({ nodeSelectors }: NodeSelection, labels: Labels): boolean {
  return anyOf(nodeSelectors, labels);
}

/** Selected by any of the selectors; every Service where there is none. */
export function selectsService({ serviceSelectors }: ServiceSelection, labels: Labels): boolean {
  return anyOf(serviceSelectors, labels);
}

function anyOf(selectors: readonly LabelSelector[] = [], labels: Labels): boolean {
  return selectors.length === 0 || selectors.some((each) => matchesLabelSelector(each, labels));
}
