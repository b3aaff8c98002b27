/** A time limit for tests that wait for real servers: a limit on hanging, not a measure of speed. */
import { jest } from "@jest/globals";

jest.setTimeout(120_000);
