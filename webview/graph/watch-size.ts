/** Tells when a container takes another size. */

interface Size {
  readonly width: number;
  readonly height: number;
}

/**
 * Calls back with every new size and by how much the container has grown, from the first size on. A container without a size,
 * such as one that is hidden, keeps the last it had.
 */
export function watchSize(container: HTMLElement, changed: (size: Size, grown: Size) => void): void {
  let last: Size = { width: 0, height: 0 };
  new ResizeObserver(() => {
    const size = { width: container.clientWidth, height: container.clientHeight };
    if (size.width === 0 || size.height === 0) return;
    if (last.width === size.width && last.height === size.height) return;
    const grown = { width: size.width - last.width, height: size.height - last.height };
    last = size;
    changed(size, grown);
  }).observe(container);
}
