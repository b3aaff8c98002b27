/** The YAML parser, for `await import()`: imported dynamically by itself, a bundled CommonJS package has no named exports. */

export { parse } from "yaml";
