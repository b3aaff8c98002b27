/** What is needed of YAML, for `await import()`: imported dynamically by itself, a bundled CommonJS package has no named exports. */

export { LineCounter, parseAllDocuments, stringify } from "yaml";
