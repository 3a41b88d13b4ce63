/** Runs `work` over a stream with at most `limit` under way; the first error stops the taking of further items and is thrown at the end. */
export async function forEachConcurrent<T>(
  items: Iterable<T> | AsyncIterable<T>,
  limit: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const running = new Set<Promise<void>>();
  let failed: { error: unknown } | undefined;
  try {
    for await (const item of items) {
      if (failed !== undefined) break;
      const task: Promise<void> = work(item)
        .catch((error: unknown) => {
          failed ??= { error };
        })
        .finally(() => running.delete(task));
      running.add(task);
      if (running.size >= limit) await Promise.race(running);
    }
  } finally {
    // Also where the items themselves ran out in an error: what was begun ends before anybody hears of it.
    await Promise.all(running);
  }
  if (failed !== undefined) throw failed.error;
}
