// Sends a request again while the API is unreachable or busy.

const RETRY_SECONDS = 2;
const RETRIABLE = [0, 429, 502, 503, 504]; // the API is unreachable or busy

/** Call `send` until it succeeds. `onwait` receives the reason for each wait. Throws other Problems. */
export async function patiently(send, { signal, onwait }) {
  for (;;) {
    try {
      return await send();
    } catch (problem) {
      if (!RETRIABLE.includes(problem.status)) throw problem;
      onwait(problem.message);
      await wait(problem.retryAfter ?? RETRY_SECONDS, signal);
    }
  }
}

/** Wait for so many seconds. Throws the signal's reason if it aborts. */
export function wait(seconds, signal) {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const abort = () => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener("abort", abort);
      resolve();
    }, seconds * 1000);
    signal.addEventListener("abort", abort, { once: true });
  });
}
