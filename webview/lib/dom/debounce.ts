/** Calls `act` with the latest value once no new one has come for `milliseconds`. */
export function debounce<T>(milliseconds: number, act: (value: T) => void): (value: T) => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  return (value) => {
    clearTimeout(timer);
    timer = setTimeout(() => act(value), milliseconds);
  };
}
