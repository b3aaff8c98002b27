/** Many reads that do not take the turn of others: the limiter sends in the order in which it is asked. */
import PQueue from "p-queue";

/** More would not be sooner: ten reads a second are what AWS allows in the long run. */
const concurrency = 8;

/** The results in the order of the items. The first failure is thrown, and what was not begun by then is not. */
export async function fewAtATime<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const queue = new PQueue({ concurrency });
  try {
    return await Promise.all(items.map((item) => queue.add(() => work(item))));
  } finally {
    queue.clear();
  }
}
