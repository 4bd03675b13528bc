// Streams of the official client as promises.

/** Subscribes; `ended` is settled when the stream is, `items` grows meanwhile. */
export function observe(stream, onItem = () => {}) {
  const items = [];
  let subscription;
  const ended = new Promise((complete, error) => {
    subscription = stream.subscribe({
      next: item => onItem(items[items.push(item) - 1]),
      complete,
      error,
    });
  });
  return { items, ended, cancel: () => subscription.dispose() };
}

/** All items of a stream that ends well. */
export async function collect(stream) {
  const { items, ended } = observe(stream);
  await ended;
  return items;
}
